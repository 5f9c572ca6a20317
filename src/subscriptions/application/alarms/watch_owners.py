"""Comparison of the owners in the database with the owners in this process's settings."""

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.people.operators import OWNERS
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class OwnersDiffer(AlarmKind):
    """Alarm: the database and the settings name different owners.

    unnamed: owners in the database that the settings do not name
    unappointed: owners in the settings that are not owners in the database
    """

    name = "owners_differ"
    closes = ByCause()
    unnamed: str | None = None
    unappointed: str | None = None


class WatchOwners:
    """Use case that reports differences found by two consecutive checks. One check is not enough, because processes
    restart at different times.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, named: frozenset[TelegramId]) -> None:
        """Create the check. `named`: owners in this process's settings. If the settings name no owners, the owners
        stored by the bot's process are used.
        """
        self._units = units
        self._clock = clock
        self._named = named
        self._previous: OwnersDiffer | None = None

    async def __call__(self) -> None:
        """Compare the owners once. The alarm is closed when the database and the settings agree."""
        async with self._units() as uow:
            alarm = await self._difference(uow)
            if alarm is None or alarm == self._previous:
                await keep_alarm(uow, OwnersDiffer, "any", alarm, self._clock.now())
                await uow.commit()
        self._previous = alarm

    async def _difference(self, uow: UnitOfWork) -> OwnersDiffer | None:
        kept = await uow.variables.get(OWNERS) or frozenset()
        named = self._named or frozenset(TelegramId(each) for each in kept)
        owners = {each.telegram_id for each in await uow.customers.staff() if each.staff_role is StaffRole.OWNER}
        known = {each for each in named if await uow.customers.by_telegram_id(each) is not None}
        unnamed, unappointed = (owners | kept) - named, known - owners
        if not unnamed and not unappointed:
            return None
        return OwnersDiffer(unnamed=_listed(unnamed), unappointed=_listed(unappointed))


def _listed(people: set[int] | set[TelegramId]) -> str | None:
    return ", ".join(str(each) for each in sorted(people)) or None
