"""Acquisition of a lease whose holder did not release it."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from subscriptions.infrastructure.database.leases import Leases, LeaseState
from subscriptions.infrastructure.steady import steady

log = structlog.get_logger(__name__)


class Succession:
    """Policy for taking over a lease that its holder did not release. It waits, on this machine's monotonic clock,
    until a stalled holder has certainly stopped its work.

    The database's clock is not used, because a jump of that clock would expire every lease at once.
    """

    def __init__(
        self, leases: Leases, is_gone: Callable[[str], bool], wait: timedelta, clock: Callable[[], float] = steady
    ) -> None:
        """is_gone: function that returns True if a holder has certainly ended
        wait: time without a renewal after which another owner may take a lease
        """
        self._leases = leases
        self._is_gone = is_gone
        self._wait = wait.total_seconds()
        self._clock = clock
        self._last_states: dict[str, tuple[LeaseState, float]] = {}

    async def is_open(self, name: str, owner: str) -> bool:
        """Return True if `owner` may take the lease now. Call this method repeatedly, because only two observations can
        show that a lease is not renewed.
        """
        state = await self._leases.state(name)
        if state is None or state.owner == owner:
            return True
        now = self._clock()
        last_state, start = self._last_states.get(name, (None, now))
        if last_state != state:
            self._last_states[name] = state, now
            start = now
        is_gone = self._is_gone(state.owner)
        if not is_gone and now - start < self._wait:
            return False
        log.warning("lease taken over", lease=name, gone=is_gone)
        await self._leases.forget(name, state)
        return True
