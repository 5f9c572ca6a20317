"""Owners are those whom the settings name: what the database says is compared with what this process reads itself."""

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.people.operators import OWNERS
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class OwnersDiffer(AlarmKind):
    """The database names other owners than the settings. unnamed: owners there whom the settings do not name;
    unappointed: whom the settings name and who are no owners there."""

    name = "owners_differ"
    closes = ByCause()
    unnamed: str | None = None
    unappointed: str | None = None


class WatchOwners:
    """Raises the alarm for what two looks in a row have found: processes may be restarted one after the other."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, named: frozenset[TelegramId]) -> None:
        """named: owners by this process's settings; where it is given none, those that the bot's process read."""
        self._units = units
        self._clock = clock
        self._named = named
        self._previous: OwnersDiffer | None = None

    async def __call__(self) -> None:
        """Look once; the alarm closes itself when both agree."""
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
