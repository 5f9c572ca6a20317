"""Retention offer: extra days for a customer who undoes a cancellation. A setting of the operator enables it. Each
customer can use it once a year.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

log = structlog.get_logger(__name__)

AGAIN_AFTER: Final = timedelta(days=365)
_REASON: Final = "offered for staying"
_ACTOR: Final = "system"
_LOOKED_AT: Final = 1000


class NoDaysLeft(UmbralError):
    """Error: the customer is not offered extra days, or no longer; nothing was granted."""


@dataclass(frozen=True)
class GiveDays:
    """Use case that grants a customer the retention days, once a year."""

    units: UnitOfWorkFactory
    give_time: GiveTime
    clock: Clock
    policy: Policy

    async def offer(self, telegram_id: TelegramId) -> timedelta:
        """Return the extra time that the customer is offered. Return zero if the operator offers none, or if the
        customer is blocked from purchases or received the extra days within the last year.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            return self.policy.stay if await self._may(uow, customer, self.clock.now()) else timedelta()

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> Subscription:
        """Grant the days to the subscription of this plan, which continues to renew. Raises NoDaysLeft if the customer
        is not offered any.
        """
        now = self.clock.now()
        async with self.units() as uow:
            found_customer = await known_customer(uow, telegram_id)
            # Concurrent presses of the button are serialised, so that the days are granted once.
            customer = await uow.customers.get(found_customer.id, lock=True)
            plan = await uow.plans.by_soft_id(soft_id)
            subscription = (
                await uow.subscriptions.live_for(found_customer.id, plan.id, lock=True) if plan is not None else None
            )
            may = (
                customer is not None and subscription is not None and subscription.renews and not subscription.is_paused
            )
            if (
                customer is None
                or plan is None
                or subscription is None
                or not may
                or not await self._may(uow, customer, now)
            ):
                raise NoDaysLeft(soft_id)
            subscription.cancel_reason = None
            time_grant = TimeGrant(
                kind=LedgerKind.ADMIN_GRANT,
                source_key=f"stay:{now.isoformat()}",
                length=self.policy.stay,
                price=subscription.price,
                note=_REASON,
            )
            await self.give_time.add(
                uow, TimeTarget(subscription=subscription, is_extension=True), customer, plan, time_grant, now
            )
            facts = {"plan": plan.soft_id, "days": str(self.policy.stay.days)}
            action, subject = StaffAction.EXTEND_ACCESS, str(customer.id)
            await uow.audit.record(actor=_ACTOR, action=action, subject=subject, reason=_REASON, at=now, facts=facts)
            await uow.commit()
        log.info("days given for staying", subscription=str(subscription.id), days=self.policy.stay.days)
        return subscription

    async def _may(self, uow: UnitOfWork, customer: Customer, now: datetime) -> bool:
        if not self.policy.stay or customer.barred_at is not None:
            return False
        audit_lines = await uow.audit.of_subject(str(customer.id), _LOOKED_AT)
        earlier_times = (line.at for line in audit_lines if (line.actor, line.reason) == (_ACTOR, _REASON))
        return all(now - at >= AGAIN_AFTER for at in earlier_times)
