"""How the operator's people are called, where they did something."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


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
