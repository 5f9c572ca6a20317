"""Rescheduling of the next charge to the end of the time that the customer already has, so that customers are not
charged earlier than necessary.
"""

from dataclasses import dataclass

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry, GatewayRejected, MovesCharges
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import charge_policy, notice_policy

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RescheduleCharge:
    """Job that reschedules the charge at the provider. If that is not possible, the charge is made on its original
    date, after a notice.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    sync_from_provider: SyncFromProvider
    clock: Clock
    policy: Policy

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """Reschedule the charge. Idempotent. Raises GatewayUnavailable."""
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is not None and await self._move(subscription):
            snapshot = await self.sync_from_provider.fetch(subscription)
            if snapshot is not None:
                await self.sync_from_provider.apply(subscription, snapshot)

    async def _move(self, subscription: Subscription) -> bool:
        charge, due_at = subscription.next_charge, charge_policy.due_at(subscription)
        gateway = self.gateways.get(subscription.provider or "")
        if charge is None or due_at is None or gateway is None or subscription.provider_ref is None:
            return False
        if not isinstance(gateway, MovesCharges) or Capability.MOVE_CHARGE not in gateway.capabilities:
            return False
        if due_at < charge:
            # A charge is never earlier than its notice allows.
            due_at = max(due_at, self.clock.now() + notice_policy.move_before(subscription, self.policy.renewal_notice))
            if due_at >= charge:
                return False
        key = f"move_charge:{subscription.id}:{int(charge.timestamp())}:{int(due_at.timestamp())}"
        try:
            is_moved = await gateway.reschedule_charge(subscription.provider_ref, due_at, idempotency_key=key)
        except GatewayRejected as refusal:
            log.warning("charge not moved", subscription=str(subscription.id), reason=str(refusal))
            return False
        log.info(
            "charge moved" if is_moved else "charge not moved", subscription=str(subscription.id), to=due_at.isoformat()
        )
        return is_moved
