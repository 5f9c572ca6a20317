"""Start of the time that waited for its plan while its subscription had another plan, once that subscription ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.handover import link_payments
from subscriptions.domain.entities.ledger import LEAST_TIME, LedgerEntry, LedgerKind, waiting_time
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import WaitingTimeBegan
from subscriptions.domain.ids import PaymentId, PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class BeginWaitingTime:
    """Service that hands the waiting time of an ended subscription to the customer's live subscription of that plan, or
    to a new one without charges. Payments go along, so that a refund still ends what they bought.
    """

    grant_access: GrantAccess

    async def __call__(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> None:
        """Begin the time of the most expensive plan; the time of other plans waits behind it. The subscription must
        have ended. The caller saves it and updates its access afterwards. Idempotent.
        """
        entries = await uow.ledger.of_subscription(subscription.id)
        waiting = {
            plan_id: items
            for plan_id, items in waiting_time(entries).items()
            if sum((length for _, length in items), timedelta()) >= LEAST_TIME
        }
        plans = [plan for plan_id in waiting if (plan := await uow.plans.get(plan_id)) is not None]
        customer = await uow.customers.get(subscription.customer_id)
        if not plans or customer is None or customer.is_forgotten:
            return
        plan = max(plans, key=lambda each: each.price_rank)
        await uow.subscriptions.save(subscription)
        give_time = GiveTime(self.grant_access)
        target = await give_time.find(uow, customer, plan, plan.price, now)
        fresh = target.subscription
        if not target.is_extension:
            await self.grant_access.take_along(uow, subscription, plan, now)
        causes, payment_ids = set[tuple[str, str]](), set[PaymentId]()
        for each in plans:
            for entry, length in waiting[each.id]:
                # One payment's time may wait for several plans, and each part needs a key of its own.
                part = f"#{each.soft_id}" if (entry.kind, entry.source_key) in causes else ""
                await uow.write(LEDGER).add_if_new(_handed_over(entry, fresh, each.id, length, now, part))
                causes.add((entry.kind, entry.source_key))
                payment_ids |= {entry.payment_id} if entry.payment_id is not None else set()
        if len(plans) > 1:
            await uow.write(LEDGER).add_if_new(_in_effect(subscription, fresh, now))
        payments = [await uow.payments.get(each) for each in sorted(payment_ids)]
        await link_payments(uow, [each for each in payments if each is not None], fresh)
        await self.grant_access.recount(uow, fresh)
        if fresh.provider_ref is None:
            fresh.current_period_end = fresh.access_until
        fresh.next_check_at = None
        await uow.subscriptions.save(fresh)
        if self.grant_access.timely(fresh, plan, now):
            await self.grant_access.grant(uow, fresh, customer, plan, now, cause=f"waited:{subscription.id}")
        uow.record(WaitingTimeBegan(fresh.id, customer.id, str(subscription.id)))
        log.info("waiting time begins", subscription=str(fresh.id), plan=plan.soft_id)


def _handed_over(
    entry: LedgerEntry, subscription: Subscription, plan_id: PlanId, length: timedelta, now: datetime, part: str
) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=entry.kind,
        source_key=f"{entry.source_key}{part}",
        starts_at=now,
        length=length,
        payment_id=entry.payment_id,
        plan_id=plan_id,
        note=entry.note,
        created_at=now,
    )


def _in_effect(ended: Subscription, subscription: Subscription, now: datetime) -> LedgerEntry:
    """Return the entry that states the plan in effect, so that the time of other plans waits."""
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=LedgerKind.CHANGE,
        source_key=f"waited:{ended.id}",
        starts_at=now,
        length=timedelta(),
        plan_id=subscription.plan_id,
        changed_from=subscription.plan_id,
        created_at=now,
    )
