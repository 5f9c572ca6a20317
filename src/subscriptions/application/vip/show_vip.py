"""Where somebody stands on the way into a channel with the ritual, as it is at this moment."""

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
    """Reads it."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId, name: str = VIP) -> VipView | None:
        """name: the channel's soft id. None for who has no live plan that opens it.

        Raises Permanent for who never wrote to the bot.
        """
        # Asked for: a link is shown as good, or a new one made, by it.
        now = await self.clock.confirm()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            resource = await uow.resources.by_soft_id(name) if name != VIP else None
            if resource is None and name != VIP:
                return None
            return await vip_view(uow, customer.id, now, self.policy.grace, resource)
