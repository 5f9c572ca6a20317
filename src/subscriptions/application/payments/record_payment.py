"""Storage of payments and granted time after the outcome of an event was decided. Each captured payment becomes one
ledger entry.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, News, OfPurchase, OfSubscription
from subscriptions.application.alarms.alarms import subscription_facts
from subscriptions.application.catalog.deals import use_discount_code
from subscriptions.application.payments import part_payments
from subscriptions.application.subscriptions.subscription_timeline import load_timeline
from subscriptions.application.subscriptions.sync_from_provider import sync_subscription
from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, plan_billed
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import (
    DISPUTE,
    INTERRUPTED_STATES,
    PROVIDER,
    Subscription,
    SubscriptionEvent,
    SubscriptionStatus,
)
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import (
    BroughtCustomerPaid,
    PaidForAnother,
    PaymentBalanceChanged,
    PaymentFlagged,
    PaymentReceived,
)
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PaymentEvent
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.ports.writing.payments import PAYMENTS
from subscriptions.domain.services import access_policy, payment_policy, pricing, provider_sync
from subscriptions.domain.services.payment_outcomes import BoughtForAnother, Sale, SetAside, TimeGiven, TimePurchase
from subscriptions.domain.services.purchase import Fact, Purchase
from subscriptions.domain.timeline.state import Outside

log = structlog.get_logger(__name__)


_OPENED_BY_PAYMENT = frozenset({SubscriptionStatus.INCOMPLETE, SubscriptionStatus.TRIALING, *INTERRUPTED_STATES})
"""Statuses that a payment changes whatever the provider reports. A paused or canceled subscription keeps its status but
is no longer a trial.
"""


class Overpaid(OfPurchase):
    """Alarm: a payment exceeded the price of its order."""

    name = "overpaid"
    closes = ByCheck(payment_causes.excess_back)
    link = AlarmLink.REFUND
    amount: Money
    excess: Money


class RenewalDiffers(OfSubscription):
    """Alarm: the amount of a renewal differs from the agreed price. `agreed`: the agreed price."""

    name = "renewal_differs"
    closes = News()
    amount: Money
    agreed: Money


@dataclass(frozen=True)
class RecordPayment:
    """Service that stores captured payments, and time granted without payment, in the caller's unit of work."""

    grant_access: GrantAccess

    async def set_aside(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: SetAside) -> None:
        """Record a payment as under review. It gives no access."""
        payment = purchase.payment(fact)
        payment.excess = outcome.excess
        payment.raise_flag(outcome.flag)
        if outcome.returns:
            payment.give_back(fact.now)
        await _add(uow, payment)
        flagged_event = PaymentFlagged(
            payment.id,
            payment.customer_id,
            payment.order_id,
            outcome.flag,
            returns=outcome.returns,
            subscription_ref=outcome.second,
            at=fact.now,
        )
        uow.record(flagged_event)
        log.warning("payment set aside", payment=payment.reference, reason=str(outcome.flag))

    async def give(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: TimeGiven) -> None:
        """Grant access time without payment, once per cause."""
        subscription = purchase.subscription or outcome.running_subscription or _begin(purchase, fact)
        if outcome.running_subscription is not None:
            await _extend(uow, subscription, purchase, fact)
        trial = outcome.kind is LedgerKind.TRIAL
        event = SubscriptionEvent.TRIAL_STARTED if trial else SubscriptionEvent.PAID
        if trial and outcome.running_subscription is not None:
            # The subscription is live already, because a code was activated while the event about the trial was
            # pending.
            subscription.apply(event, fact.now)
        await self._open(uow, purchase, subscription, fact, event)
        # A subscription has one trial, reported by any event; a free plan has one entry per period.
        which = "" if trial else f":{outcome.time[0].isoformat()}"
        source = f"{fact.event.provider}:{fact.event.subscription_ref}{which}"
        entry = _entry(subscription, outcome.kind, source, outcome.time, fact.now)
        entry = await _with_plan(uow, subscription, entry)
        await self._give(uow, purchase, subscription, fact, entry)

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: Sale) -> None:
        """Record a sale: a period for the payer, or a gift."""
        if isinstance(outcome, BoughtForAnother):
            await self._keep_for_another(uow, purchase, fact, outcome)
        else:
            await self._count(uow, purchase, fact, outcome)

    async def _count(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: TimePurchase) -> None:
        """Record one captured payment as one ledger entry."""
        order, time, payment = purchase.order, outcome.time, purchase.payment(fact)
        payment.excess = outcome.excess
        subscription = purchase.subscription or outcome.running_subscription or _begin(purchase, fact)
        if outcome.running_subscription is not None:
            await _extend(uow, subscription, purchase, fact)
        if fact.event.subscription_ref is not None:
            subscription.was_charged(fact.event.occurred_at)
        # This comes before the provider's state is applied: an open debt decides what the end of the subscription at
        # the provider means.
        recovers = subscription.settle_debt(time[0], time[0] + time[1])
        is_late = subscription.pause_until is not None and fact.event.occurred_at - time[0] > access_policy.LATE
        if (recovers or (is_late and time[1])) and subscription.is_paused and not subscription.on_hold:
            # The customer had no access in advance and has used none of the paid time: the charge that ends a skipped
            # month failed, or the bank decided about it days later.
            key = f"waited:{subscription.id}:{time[0].isoformat()}"
            await self.grant_access.enter(uow, subscription, access_policy.rest(subscription, time[0], fact.now, key))
        await self._open(uow, purchase, subscription, fact, SubscriptionEvent.PAID)
        if _was_confirmed_late(purchase, fact, outcome):
            # The provider's period began with the purchase, but the bank took days to confirm the payment.
            key, paid_at = f"waited:{subscription.id}:{time[0].isoformat()}", fact.event.occurred_at
            await self.grant_access.enter(uow, subscription, access_policy.rest(subscription, time[0], paid_at, key))
        await part_payments.settle(uow, purchase, subscription, payment)
        payment.subscription_id = subscription.id
        await _add(uow, payment)
        source = f"{payment.provider}:{payment.payment_key}"
        entry = _entry(subscription, LedgerKind.PAYMENT, source, time, fact.now, payment, _reduction(fact.event))
        entry = await _with_plan(uow, subscription, entry)
        await _end_credited_period(uow, subscription, entry, fact)
        await self._give(uow, purchase, subscription, fact, entry)
        received_event = PaymentReceived(
            payment.id,
            subscription.id,
            order.customer_id,
            payment.is_renewal,
            recovers,
            settles_change=outcome.settles_change,
        )
        uow.record(received_event)
        if purchase.subscription is not None:
            _report_difference(uow, purchase, subscription, payment, fact)
        _report_effects(uow, purchase, payment)
        log.info("payment counted", order=order.reference, payment=payment.reference)

    async def _keep_for_another(
        self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: BoughtForAnother
    ) -> None:
        """Record the captured payment of a gift. It grants time once the gift is activated."""
        payment = purchase.payment(fact)
        payment.excess = outcome.excess
        await _close_order(uow, purchase, fact)
        await part_payments.settle(uow, purchase, None, payment)
        await _add(uow, payment)
        uow.record(PaidForAnother(payment.id, purchase.order.id, purchase.customer.id))
        _report_effects(uow, purchase, payment)
        log.info("order for another paid", order=purchase.order.reference, payment=payment.reference)

    async def _open(
        self, uow: UnitOfWork, purchase: Purchase, subscription: Subscription, fact: Fact, event: SubscriptionEvent
    ) -> None:
        """Close the order and store the subscription, so that the payment and the ledger entry can refer to the
        subscription.
        """
        await _close_order(uow, purchase, fact)
        if subscription.status in _OPENED_BY_PAYMENT or fact.snapshot is None:
            subscription.apply(event, fact.now)
        if fact.snapshot is not None and purchase.subscription is None:
            # The provider manages the subscription from now on. The provider's period therefore moves no date that the
            # provider reported before.
            provider_sync.sync_from_provider(subscription, fact.snapshot, fact.now)
        elif fact.snapshot is not None:
            await sync_subscription(uow, self.grant_access, subscription, fact.snapshot, fact.now)
        else:
            provider_sync.sync_from_payment(subscription, fact.event)
        await uow.subscriptions.save(subscription)

    async def _give(
        self, uow: UnitOfWork, purchase: Purchase, subscription: Subscription, fact: Fact, entry: LedgerEntry
    ) -> None:
        await uow.write(LEDGER).add_if_new(entry)
        await use_discount_code(uow, purchase, entry)
        subscription.count_period(entry.starts_at, entry.length)
        await self.grant_access.recount(uow, subscription)
        await self._end_past_hold(uow, subscription, fact.now)
        provider_sync.wake(subscription, fact.snapshot, fact.now)
        await uow.subscriptions.save(subscription)
        if self.grant_access.timely(subscription, purchase.plan, fact.now):
            cause = f"{entry.kind}:{entry.source_key}"
            # The notification of a first payment includes the first entry step.
            is_told = entry.kind is LedgerKind.PAYMENT and not fact.event.is_renewal
            await self.grant_access.grant(
                uow,
                subscription,
                purchase.customer,
                purchase.plan,
                fact.now,
                cause=cause,
                is_told=is_told,
                is_requested=not fact.event.is_renewal,
            )
        elif not provider_sync.still_running(fact.snapshot, fact.now):
            await self.grant_access.too_late(uow, subscription, purchase.order, entry.payment_id, fact.now)

    async def _end_past_hold(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> None:
        """End the suspension for a dispute if the disputed time is over and the time recorded now was paid by other
        money.
        """
        since = subscription.withheld_since
        if DISPUTE not in subscription.paused_for or since is None:
            return
        timeline = await load_timeline(uow, subscription, self.grant_access.policy.grace)
        access = timeline.at(now).access
        if isinstance(access, Outside) and HoldReason.DISPUTE in access.held:
            return
        if subscription.paused_for <= {DISPUTE, PROVIDER}:
            await self.grant_access.enter(uow, subscription, access_policy.rest_of_hold(subscription, since, now))
        subscription.resume(DISPUTE, now, shown_reason=PROVIDER)


async def _with_plan(uow: UnitOfWork, subscription: Subscription, entry: LedgerEntry) -> LedgerEntry:
    entries = await uow.ledger.of_subscription(subscription.id)
    plan_id = plan_billed(entries, entry.starts_at, subscription.plan_id, subscription.billed_plan_id)
    return replace(entry, plan_id=plan_id)


async def _end_credited_period(uow: UnitOfWork, subscription: Subscription, entry: LedgerEntry, fact: Fact) -> None:
    """Cut the provider's earlier period if its unused time was deducted from the charge that the entry is for."""
    if not payment_policy.has_deduction(fact.event):
        return
    entries = await uow.ledger.of_subscription(subscription.id)
    credited = payment_policy.credited_period((entry.starts_at, entry.length), entries)
    if credited is not None:
        kind, time = LedgerKind.CHANGE, (entry.starts_at, timedelta())
        change = replace(_entry(subscription, kind, entry.source_key, time, fact.now), payment_id=credited.payment_id)
        await uow.write(LEDGER).add_if_new(change)


async def _close_order(uow: UnitOfWork, purchase: Purchase, fact: Fact) -> None:
    order, other = purchase.order, purchase.other
    order.capture(fact.now)
    await uow.orders.save(order)
    if other is not None:
        other.cancel()
        await uow.orders.save(other)
        await part_payments.let_go(uow, [other.id])


def _report_effects(uow: UnitOfWork, purchase: Purchase, payment: Payment) -> None:
    """Record the further effects of a payment: referral days or a commission, and an alarm about an overpayment."""
    order = purchase.order
    # The lock that grants referral days also decides whether it is the first payment: after a trial, it is a renewal.
    if purchase.customer.referrer_id is not None and purchase.customer.brought_payment_id is None:
        uow.record(BroughtCustomerPaid(payment.id))
    uow.record(PaymentBalanceChanged(payment.id, purchase.customer.brought_by))
    if payment.excess is not None:
        alarm = Overpaid(
            order=order.reference, customer=order.customer_id, amount=payment.amount, excess=payment.excess
        )
        uow.record(alarm.raise_event(f"overpaid:{payment.id}", payment.recorded_at))


def _report_difference(
    uow: UnitOfWork, purchase: Purchase, subscription: Subscription, payment: Payment, fact: Fact
) -> None:
    """Notify the owners, once per amount, of a renewal whose amount differs from the agreed price. A price that belongs
    to no plan is reported by `unknown_price` instead.
    """
    is_of_unknown_price = fact.snapshot is not None and fact.snapshot.price_ref not in {None, subscription.price_ref}
    if is_of_unknown_price or payment_policy.is_agreed_charge(fact.event, subscription, purchase.earlier):
        return
    alarm = RenewalDiffers(**subscription_facts(subscription), amount=payment.amount, agreed=subscription.price)
    uow.record(alarm.raise_event(f"{alarm.name}:{subscription.id}:{payment.amount.minor}", payment.recorded_at))


async def _add(uow: UnitOfWork, payment: Payment) -> None:
    if not await uow.write(PAYMENTS).add_if_new(payment):
        raise RetryLater("this payment is being counted for another order")


def _was_confirmed_late(purchase: Purchase, fact: Fact, outcome: TimePurchase) -> bool:
    """Return True if the first payment of a provider's subscription was confirmed more than `LATE` after its period
    began. The customer had no paid time meanwhile.
    """
    event, running = fact.event, outcome.running_subscription
    had_time = running is not None and (running.access_until is None or running.access_until > outcome.time[0])
    is_first = purchase.subscription is None and not had_time and not event.is_renewal
    is_managed = event.subscription_ref is not None
    return is_first and is_managed and event.occurred_at - outcome.time[0] > access_policy.LATE


def _begin(purchase: Purchase, fact: Fact) -> Subscription:
    price = pricing.period_price(purchase.attempt, purchase.order)
    return Subscription.begin(purchase.order, fact.event.provider, fact.event.subscription_ref, fact.now, price)


async def _extend(uow: UnitOfWork, subscription: Subscription, purchase: Purchase, fact: Fact) -> None:
    """Continue a subscription by a purchase. If the provider's charge failed, the purchase takes the place of the
    provider's subscription, which is kept as an ended one.
    """
    former = subscription.leave_provider(fact.now) if subscription.is_owed else None
    subscription.provider = fact.event.provider
    subscription.price = pricing.period_price(purchase.attempt, purchase.order)
    subscription.buy_period(purchase.order)
    if fact.event.subscription_ref is not None:
        # The provider manages the subscription from now on, and reports it under this order.
        subscription.provider_ref, subscription.order_id = fact.event.subscription_ref, purchase.order.id
        subscription.billing_stopped_at = None
    if former is not None:
        subscription.order_id = purchase.order.id
        await uow.subscriptions.save(subscription)
        await uow.subscriptions.save(former)


def _reduction(event: PaymentEvent) -> str:
    """Return a note for the ledger with the regular price and the reduction; empty if the full price was charged."""
    return f"{event.regular} - {event.reduction}" if event.reduction is not None else ""


def _entry(
    subscription: Subscription,
    kind: LedgerKind,
    source_key: str,
    time: payment_policy.Time,
    now: datetime,
    payment: Payment | None = None,
    note: str = "",
) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=kind,
        source_key=source_key,
        starts_at=time[0],
        length=time[1],
        payment_id=payment.id if payment is not None else None,
        note=note,
        created_at=now,
    )
