"""Work, messages and picks that are due and stay undone are told to the owners, by whatever process still lives."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import MessagesUndelivered, Overdue, PicksUndelivered, WorkOverdue
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

Arrears = Callable[[datetime], Awaitable[Mapping[str, Mapping[str, str] | None]]]
"""By the kind of its alarm what is late now: its facts, or None where nothing is."""

_OVERDUE: Final[Mapping[str, type[Overdue]]] = {
    kind.name: kind for kind in (WorkOverdue, MessagesUndelivered, PicksUndelivered)
}


class WatchArrears:
    """Told is what two looks in a row have found: right after a long pause everything is late for a moment."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, arrears: Arrears) -> None:
        self._units = units
        self._clock = clock
        self._arrears = arrears
        self._overdue_kinds: frozenset[str] = frozenset()

    async def __call__(self) -> None:
        """Look once; each alarm closes itself when nothing of its kind is late. Raises RetryLater."""
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
