"""Query of a customer's current state in a channel with entry steps."""

from dataclasses import dataclass

from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.application.vip.vip_view import VipView, vip_view
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class ShowVip:
    """Use case that returns a customer's state in the channel."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId, name: str = VIP) -> VipView | None:
        """Return the state. Return None for a customer without a live plan that includes the channel. `name`: slug of
        the channel.

        Raises Permanent for a person who never wrote to the bot.
        """
        # The time is confirmed, because it decides whether a link is valid or a new one is created.
        now = await self.clock.confirm()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            resource = await uow.resources.by_soft_id(name) if name != VIP else None
            if resource is None and name != VIP:
                return None
            return await vip_view(uow, customer.id, now, self.policy.grace, resource)
