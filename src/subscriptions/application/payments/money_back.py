"""Refunds and disputes: money that goes back takes the time it had bought with it, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.dto import jobs
from subscriptions.application.payments.purchase import Fact, Purchase, Untold
from subscriptions.application.subscriptions.follow_provider import outlast
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, ran_between
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import DisputePolicy, RefundPolicy
from subscriptions.domain.entities.subscription import DISPUTE, DISPUTE_LOST, PROVIDER, REFUNDED, Subscription
from subscriptions.domain.events import AlarmRaised, BillingToStop, DisputeLost, PaymentRefunded
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import INQUIRY
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import provider_sync

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = timedelta(days=1)
"""How often the provider is asked what became of an open dispute."""

_ENDINGS: Final = {"won": DisputeStatus.WON, "lost": DisputeStatus.LOST}


class MoneyBack:
    """Applies refunds and disputes to a locked purchase; the caller commits."""

    def __init__(self, granting: GrantAccess) -> None:
        self._granting = granting

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        """What came of it, for the inbox. Raises Untold while the payment it is about is not counted yet."""
        payment = await self._payment(uow, fact.event)
        subscription = None
        if payment.subscription_id is not None:
            subscription = await uow.subscriptions.get(payment.subscription_id, lock=True)
        plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
        purchase = purchase if plan is None else replace(purchase, plan=plan)
        if fact.event.kind is PaymentEventKind.REFUND:
            return await self._refund(uow, purchase, payment, subscription, fact)
        if fact.event.kind is PaymentEventKind.DISPUTE_OPENED:
            return await self._dispute_opened(uow, purchase, payment, subscription, fact)
        return await self._dispute_closed(uow, purchase, payment, subscription, fact)

    async def _payment(self, uow: UnitOfWork, event: PaymentEvent) -> Payment:
        key = event.about_payment
        payment = await uow.payments.by_key(event.provider, key) if key is not None else None
        if payment is None or event.payment_key is None:
            raise Untold("money went back for a payment that is not counted yet")
        return payment

    async def _refund(
        self, uow: UnitOfWork, purchase: Purchase, payment: Payment, subscription: Subscription | None, fact: Fact
    ) -> str:
        refund = await self._recorded(uow, payment, fact)
        if fact.event.reason == "reversed":
            return await self._reversed(uow, purchase, refund)
        given = [item for item in await uow.reversals.refunds_of(payment.id) if item.status is RefundStatus.GIVEN]
        total = sum((item.amount for item in given), Money(0, payment.amount.currency))
        uow.record(PaymentRefunded(refund.id, purchase.customer.id))
        # What was too much may go back without touching what was bought.
        price = payment.amount if payment.excess is None else payment.amount - payment.excess
        if total < price or payment.status is PaymentStatus.REFUNDED:
            return "refunded in part"
        payment.status = PaymentStatus.REFUNDED
        await uow.payments.save(payment)
        parts = await paid_together(uow, payment)
        if any(item.status is not PaymentStatus.REFUNDED for item in parts):
            return "a part of what was paid together refunded"
        payment = await _with_time(uow, payment, parts)
        if purchase.order.refund_policy is RefundPolicy.KEEP_ACCESS:
            return "refunded in full, access kept"
        if subscription is not None and not await gave_no_time(uow, payment):
            await self._take_back(uow, purchase, payment, subscription, fact, REFUNDED)
        return "refunded in full"

    async def _recorded(self, uow: UnitOfWork, payment: Payment, fact: Fact) -> Refund:
        event = fact.event
        key = event.payment_key or event.event_key
        known = await uow.reversals.refund_by_key(event.provider, key)
        if known is not None:
            return known
        amount = event.amount_refunded or event.amount or payment.amount
        refund = Refund.given(event.provider, key, payment.id, amount, occurred_at=event.occurred_at, now=fact.now)
        await uow.reversals.add_refund_if_new(refund)
        return refund

    async def _reversed(self, uow: UnitOfWork, purchase: Purchase, refund: Refund) -> str:
        """The bank gave the money back to us: what the customer lost by it is for a person to decide."""
        if refund.status is RefundStatus.GIVEN:
            refund.status = RefundStatus.REVERSED
            await uow.reversals.save_refund(refund)
            facts = (("order", purchase.order.reference), ("amount", str(refund.amount)))
            uow.record(AlarmRaised(f"refund_reversed:{refund.id}", "refund_reversed", facts))
        return "the refund failed"

    async def _dispute_opened(
        self, uow: UnitOfWork, purchase: Purchase, payment: Payment, subscription: Subscription | None, fact: Fact
    ) -> str:
        inquiry = fact.event.reason == INQUIRY
        status = DisputeStatus.INQUIRY if inquiry else DisputeStatus.OPEN
        dispute = await _known(uow, fact.event) or _begun(payment, fact.event, status)
        if dispute.status not in {DisputeStatus.INQUIRY, DisputeStatus.OPEN}:
            return f"dispute is {dispute.status} already"
        if not inquiry:
            dispute.claim(fact.event.occurred_at)
        await uow.reversals.save_dispute(dispute)
        _alarm(uow, purchase, payment, dispute)
        look = jobs.WatchDispute(provider=dispute.provider, dispute_key=dispute.dispute_key)
        await uow.enqueue(look.later(fact.now + LOOK_EVERY, dispute.id))
        suspends = dispute.status is DisputeStatus.OPEN and purchase.order.dispute_policy is DisputePolicy.SUSPEND
        if subscription is not None and suspends:
            subscription.pause(DISPUTE, fact.now)
            await self._settle(uow, purchase, subscription, fact)
        return f"dispute is {dispute.status}"

    async def _dispute_closed(
        self, uow: UnitOfWork, purchase: Purchase, payment: Payment, subscription: Subscription | None, fact: Fact
    ) -> str:
        known = await _known(uow, fact.event)
        held = known is not None and known.status is DisputeStatus.OPEN
        kept_out = held and purchase.order.dispute_policy is DisputePolicy.SUSPEND
        dispute = known or _begun(payment, fact.event, DisputeStatus.OPEN)
        status = _ENDINGS.get(fact.event.reason or "", DisputeStatus.CLOSED)
        if not dispute.settle(status, fact.event.occurred_at):
            return f"dispute is {dispute.status} already"
        await uow.reversals.save_dispute(dispute)
        if known is None and status is DisputeStatus.LOST:
            # Nobody was told that it began.
            _alarm(uow, purchase, payment, dispute)
        if subscription is not None and status is DisputeStatus.LOST:
            uow.record(DisputeLost(subscription.id, purchase.customer.id, dispute.id))
            payment = await _with_time(uow, payment, await paid_together(uow, payment))
            since = dispute.opened_at if kept_out and DISPUTE in subscription.paused_for else None
            await self._take_back(uow, purchase, payment, subscription, fact, DISPUTE_LOST, since)
        elif subscription is not None and kept_out:
            await self._give_back(uow, purchase, dispute, subscription, fact)
        return f"dispute is {status}"

    async def _take_back(
        self,
        uow: UnitOfWork,
        purchase: Purchase,
        payment: Payment,
        subscription: Subscription,
        fact: Fact,
        reason: str,
        kept_out: datetime | None = None,
    ) -> None:
        """The payment counts only for what had run by now; other entries still count, and what ran of them while a
        dispute kept the customer out, since `kept_out`, is added.

        Where the provider is in a later period by now, nothing ends and billing goes on: that period was bought apart,
        though its payment may be told only after this.
        """
        kind = LedgerKind.DISPUTE if reason == DISPUTE_LOST else LedgerKind.REFUND
        await self._enter(uow, subscription, kind, fact, fact.event.occurred_at, timedelta(), payment)
        bygone = await _bygone(uow, payment, subscription, fact)
        held = await _disputed(uow, subscription, apart_from=payment)
        if kept_out is not None and not held:
            ran = ran_between(await uow.ledger.of_subscription(subscription.id), kept_out, fact.now)
            if ran:
                await self._enter(uow, subscription, LedgerKind.COMPENSATION, fact, fact.now, ran)
        if bygone and fact.snapshot is not None:
            provider_sync.follow_provider(subscription, fact.snapshot, fact.now)
        elif not held and subscription.live and _nothing_left(subscription, fact.now):
            subscription.end(reason, fact.now)
        if DISPUTE in subscription.paused_for and not held:
            # It goes on, and not because a dispute was won.
            subscription.resume(DISPUTE, fact.now, told_as=PROVIDER)
        if not bygone:
            uow.record(BillingToStop(subscription.id))
        await self._settle(uow, purchase, subscription, fact)
        log.info("time taken back", order=purchase.order.reference, payment=payment.reference, reason=reason)

    async def _give_back(
        self,
        uow: UnitOfWork,
        purchase: Purchase,
        dispute: Dispute,
        subscription: Subscription,
        fact: Fact,
    ) -> None:
        """The days the customer was out are added; another dispute that is open still keeps them out."""
        if DISPUTE not in subscription.paused_for:
            return
        lost = max(fact.now, dispute.opened_at) - dispute.opened_at
        await self._enter(uow, subscription, LedgerKind.COMPENSATION, fact, dispute.opened_at, lost)
        if not await _disputed(uow, subscription):
            subscription.resume(DISPUTE, fact.now)
            await outlast(uow, subscription, fact.snapshot, fact.now)
        await self._settle(uow, purchase, subscription, fact)

    async def _enter(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        kind: LedgerKind,
        fact: Fact,
        starts_at: datetime,
        length: timedelta,
        payment: Payment | None = None,
    ) -> None:
        entry = LedgerEntry(
            subscription_id=subscription.id,
            kind=kind,
            source_key=f"{fact.event.provider}:{fact.event.payment_key}",
            starts_at=starts_at,
            length=length,
            payment_id=payment.id if payment is not None else None,
            created_at=fact.now,
        )
        await uow.ledger.add_if_new(entry)
        await self._granting.recount(uow, subscription)

    async def _settle(self, uow: UnitOfWork, purchase: Purchase, subscription: Subscription, fact: Fact) -> None:
        await uow.subscriptions.save(subscription)
        await self._granting.settle(uow, subscription, purchase.customer, purchase.plan, fact.now)


async def gave_no_time(uow: UnitOfWork, payment: Payment) -> bool:
    """Whether a counted payment was only the difference of a change of plan: without it nothing ends."""
    mine = await _bought_by(uow, payment)
    return bool(mine) and not any(entry.length for entry in mine)


async def paid_together(uow: UnitOfWork, payment: Payment) -> Sequence[Payment]:
    """The payments that paid an order only together; the payment alone where it was enough by itself."""
    if not payment.part or payment.subscription_id is None:
        return [payment]
    of_order = await uow.payments.of_order(payment.order_id)
    return [item for item in of_order if item.part and item.subscription_id == payment.subscription_id]


async def _with_time(uow: UnitOfWork, payment: Payment, parts: Sequence[Payment]) -> Payment:
    """The one of them by which the time was entered: the last that came."""
    for part in parts:
        if await _bought_by(uow, part):
            return part
    return payment


async def _bygone(uow: UnitOfWork, payment: Payment, subscription: Subscription, fact: Fact) -> bool:
    """Whether the time a payment bought is over, and the provider goes on."""
    ends = [entry.starts_at + entry.length for entry in await _bought_by(uow, payment)]
    if not ends or fact.snapshot is None or fact.snapshot.ref != subscription.provider_ref or not subscription.live:
        return False
    return provider_sync.has_moved_on(fact.snapshot, max(ends), fact.now)


async def _known(uow: UnitOfWork, event: PaymentEvent) -> Dispute | None:
    return await uow.reversals.dispute_by_key(event.provider, event.payment_key or event.event_key)


def _begun(payment: Payment, event: PaymentEvent, status: DisputeStatus) -> Dispute:
    key = event.payment_key or event.event_key
    return Dispute.begin(event.provider, key, payment.id, status, event.occurred_at)


def _alarm(uow: UnitOfWork, purchase: Purchase, payment: Payment, dispute: Dispute) -> None:
    facts = (("order", purchase.order.reference), ("amount", str(payment.amount)))
    uow.record(AlarmRaised(f"dispute:{dispute.id}:{dispute.status}", f"dispute_{dispute.status}", facts))


def _nothing_left(subscription: Subscription, now: datetime) -> bool:
    return subscription.access_until is None or subscription.access_until <= now


async def _disputed(uow: UnitOfWork, subscription: Subscription, apart_from: Payment | None = None) -> bool:
    """Whether an open dispute holds it back, one about that payment aside."""
    for item in await uow.reversals.open_disputes(subscription.id):
        about_it = apart_from is not None and item.payment_id == apart_from.id
        other = await uow.payments.get(item.payment_id) if not about_it else None
        order = await uow.orders.get(other.order_id) if other is not None else None
        if order is not None and order.dispute_policy is DisputePolicy.SUSPEND:
            return True
    return False


async def _bought_by(uow: UnitOfWork, payment: Payment) -> list[LedgerEntry]:
    if payment.subscription_id is None:
        return []
    entries = await uow.ledger.of_subscription(payment.subscription_id)
    return [entry for entry in entries if entry.payment_id == payment.id and entry.kind is LedgerKind.PAYMENT]
