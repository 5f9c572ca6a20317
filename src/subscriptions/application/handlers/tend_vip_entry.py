"""One customer's way into the VIP channel is brought to what is due."""

import structlog

from subscriptions.application.services.vip_invites import VipInvites, wants_link
from subscriptions.domain.errors import Permanent
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class TendVipEntry:
    """Makes the link that is missing, and puts away those that have served. Repeating it changes nothing."""

    def __init__(self, units: UnitOfWorkFactory, invites: VipInvites) -> None:
        self._units = units
        self._invites = invites

    async def __call__(self, customer_id: CustomerId, *, upkeep: bool = False) -> None:
        """upkeep: only put away. Raises RetryLater and Ambiguous; what Telegram refuses for good is told the owner."""
        try:
            await self._invites.put_away(customer_id)
            if not upkeep and await self._wants_link(customer_id):
                await self._invites.give(customer_id, self._invites.lifetime, tell=True)
        except Permanent as refusal:
            await self._tell(customer_id, str(refusal))
            raise

    async def _wants_link(self, customer_id: CustomerId) -> bool:
        async with self._units() as uow:
            return await wants_link(uow, customer_id)

    async def _tell(self, customer_id: CustomerId, reason: str) -> None:
        async with self._units() as uow:
            customer = await uow.customers.get(customer_id)
            person = str(customer.telegram_id) if customer is not None else "-"
            facts = (("telegram_id", person), ("reason", reason))
            uow.record(AlarmRaised(f"vip_link_refused:{customer_id}", "vip_link_refused", facts))
            await uow.commit()
