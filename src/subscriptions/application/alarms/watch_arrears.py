"""Alarms about overdue jobs, messages and posts. Any process that still runs can raise them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import MessagesUndelivered, Overdue, PostsUndelivered, WorkOverdue
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

Arrears = Callable[[datetime], Awaitable[Mapping[str, Mapping[str, str] | None]]]
"""Function that returns the facts about overdue work, keyed by kind of alarm; None for a kind of work of which nothing
is overdue.
"""

_OVERDUE: Final[Mapping[str, type[Overdue]]] = {
    kind.name: kind for kind in (WorkOverdue, MessagesUndelivered, PostsUndelivered)
}


class WatchArrears:
    """Use case that reports work found overdue by two consecutive checks. One check is not enough, because everything
    is briefly overdue after a long downtime.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, arrears: Arrears) -> None:
        self._units = units
        self._clock = clock
        self._arrears = arrears
        self._overdue_kinds: frozenset[str] = frozenset()

    async def __call__(self) -> None:
        """Check for overdue work, and raise or close the alarms. An alarm is closed when nothing of its kind is
        overdue. Raises RetryLater.
        """
        now = self._clock.now()
        arrears = await self._arrears(now)
        overdue_kinds = frozenset(kind for kind, facts in arrears.items() if facts is not None)
        async with self._units() as uow:
            for kind, facts in arrears.items():
                if facts is None or kind in self._overdue_kinds:
                    alarm_kind = _OVERDUE[kind]
                    alarm = alarm_kind(**facts) if facts is not None else None
                    await keep_alarm(uow, alarm_kind, "any", alarm, now)
            await uow.commit()
        self._overdue_kinds = overdue_kinds
