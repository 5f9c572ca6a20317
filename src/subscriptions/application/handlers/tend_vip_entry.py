"""One customer's way into the VIP channel is brought to what is due."""

import structlog

from subscriptions.application.services.vip_invites import VipInvites
from subscriptions.domain.entities.access import WAITS_FOR_LINK
from subscriptions.domain.errors import Permanent
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

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
        """The customer may enter, is not inside, and the ritual leaves the way free."""
        async with self._units() as uow:
            return await wants_link(uow, customer_id)

    async def _tell(self, customer_id: CustomerId, reason: str) -> None:
        async with self._units() as uow:
            customer = await uow.customers.get(customer_id)
            person = str(customer.telegram_id) if customer is not None else "-"
            facts = (("telegram_id", person), ("reason", reason))
            uow.record(AlarmRaised(f"vip_link_refused:{customer_id}", "vip_link_refused", facts))
            await uow.commit()


async def wants_link(uow: UnitOfWork, customer_id: CustomerId) -> bool:
    """Whether this customer is to have a link into the VIP channel."""
    channel = await uow.vip.channel()
    access = await uow.accesses.of(customer_id, channel.id) if channel is not None else None
    if access is None or access.status not in WAITS_FOR_LINK:
        return False
    entry = await uow.vip_entries.of(customer_id)
    return entry is None or entry.opens_the_door
