"""The operator's people, as an owner sees them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class SeeStaff:
    """Everybody with a role."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(StaffAction.MANAGE_STAFF)
    async def __call__(self, uow: UnitOfWork) -> Sequence[Customer]:
        """The first to arrive first. Raises NotAllowed."""
        return await uow.customers.staff()


@dataclass(frozen=True)
class NameActors:
    """How those who did something are called by who reads of it."""

    units: UnitOfWorkFactory

    async def __call__(self, actors: Collection[str]) -> Mapping[str, str]:
        """By what the audit calls them, a Telegram id as text; programs, and people who were forgotten, have none."""
        ids = {TelegramId(int(actor)) for actor in actors if actor.isdecimal()}
        async with self.units() as uow:
            people = await uow.customers.with_telegram_ids(ids)
        return {str(each.telegram_id): each.mention for each in people if each.mention}
