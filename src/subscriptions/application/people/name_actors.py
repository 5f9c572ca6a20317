"""Display names of the actors in the audit log."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class NameActors:
    """Use case that returns the display names of actors."""

    units: UnitOfWorkFactory

    async def __call__(self, actors: Collection[str]) -> Mapping[str, str]:
        """Return the display names, keyed by the actor's name in the audit log, which is a Telegram id as text.
        Programs and erased people have no display name.
        """
        ids = {TelegramId(int(actor)) for actor in actors if actor.isdecimal()}
        async with self.units() as uow:
            people = await uow.customers.with_telegram_ids(ids)
        return {str(each.telegram_id): each.mention for each in people if each.mention}
