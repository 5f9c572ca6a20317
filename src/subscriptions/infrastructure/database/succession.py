"""When a lease may be taken from a holder who never gave it back."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from subscriptions.infrastructure.database.leases import Leases, LeaseState
from subscriptions.infrastructure.steady import steady

log = structlog.get_logger(__name__)


class Succession:
    """Waits by its own steady clock for as long as a holder who stands still may do harm.

    The database's clock is not asked: it may jump, and with it every lease would be over at once.
    """

    def __init__(
        self, leases: Leases, is_gone: Callable[[str], bool], wait: timedelta, clock: Callable[[], float] = steady
    ) -> None:
        """is_gone: whether a holder certainly runs no more. wait: how long a lease has to lie there without renewal."""
        self._leases = leases
        self._is_gone = is_gone
        self._wait = wait.total_seconds()
        self._clock = clock
        self._last_states: dict[str, tuple[LeaseState, float]] = {}

    async def is_open(self, name: str, owner: str) -> bool:
        """Whether `owner` may take `name` now. To be asked again and again, since only looking twice shows silence."""
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
