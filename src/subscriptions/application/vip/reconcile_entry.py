"""One customer's way into the VIP channel is brought to what is due."""

from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.access.door_rules import wants_link
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByAge, Subject, Way
from subscriptions.application.dto.jobs import TendVipEntry as TendVipEntryJob
from subscriptions.application.vip.invites import VipInvites
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

RETRY: Final = timedelta(minutes=30)
"""When it is tried again after Telegram refused."""

log = structlog.get_logger(__name__)


class VipLinkRefused(AlarmKind):
    """No link into the VIP channel can be made."""

    name = "vip_link_refused"
    closes = ByAge(timedelta(hours=25))
    subject = Subject.CUSTOMER
    way = Way.CHANNEL
    customer: CustomerId
    reason: str


class ReconcileEntry:
    """Makes the link that is missing, and puts away those that have served. Repeating it changes nothing."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, vip_invites: VipInvites) -> None:
        self._units = units
        self._clock = clock
        self._vip_invites = vip_invites

    async def __call__(self, customer_id: CustomerId, *, upkeep: bool = False) -> None:
        """upkeep: only put away. Raises RetryLater and Ambiguous; what Telegram refuses is told the owner, and tried
        again: rights come back.
        """
        try:
            await self._vip_invites.put_away(customer_id)
            if not upkeep and await self._wants_link(customer_id):
                await self._vip_invites.give(customer_id, self._vip_invites.lifetime, tell=True)
        except Permanent as refusal:
            await self._refused(customer_id, str(refusal), upkeep=upkeep)

    async def _wants_link(self, customer_id: CustomerId) -> bool:
        async with self._units() as uow:
            return await wants_link(uow, customer_id)

    async def _refused(self, customer_id: CustomerId, reason: str, *, upkeep: bool) -> None:
        now = self._clock.now()
        log.warning("the VIP channel is out of reach", customer=str(customer_id), reason=reason)
        async with self._units() as uow:
            uow.record(VipLinkRefused(customer=customer_id, reason=reason).raised(f"vip_link_refused:{now:%Y-%m-%d}"))
            again = TendVipEntryJob(customer_id=customer_id, upkeep=upkeep)
            await uow.enqueue(again.later(now + RETRY, f"vip_again:{customer_id}"))
            await uow.commit()
