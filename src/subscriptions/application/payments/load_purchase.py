"""Loading and locking of the order that a payment event is about, with its customers and the records that decide the
event's outcome.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments.refunds import paid_together
from subscriptions.application.subscriptions.money_left import balance_of
from subscriptions.application.subscriptions.sync_plan import SyncPlan
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, unbroken_starts
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute
from subscriptions.domain.entities.service_plan import DisputePolicy
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, PlanId, SubscriptionId
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_decisions, pricing, reversal_decisions
from subscriptions.domain.services.billing_period import Calendar
from subscriptions.domain.services.plan_change_policy import went_over
from subscriptions.domain.services.purchase import REVERSALS, Fact, Purchase, Reversal
from subscriptions.domain.tracing import follow


@dataclass(frozen=True)
class LoadPurchase:
    """Use case that loads and locks everything on which the outcome of a payment event depends.

    It also writes: it switches the subscription to the plan that the provider charges for now, because the meaning of
    the event depends on the plan.
    """

    sync_plan: SyncPlan
    policy: Policy

    async def __call__(self, uow: UnitOfWork, fact: Fact) -> Purchase | None:
        """Return the purchase. Return None if none of the event's references belongs to an order of Umbral."""
        found_purchase = await _find(uow, fact.event)
        if found_purchase is None:
            return None
        follow(found_purchase.order.cause)
        found_purchase = replace(found_purchase, notice=self.policy.renewal_notice)
        purchase = await self._with_plan(uow, found_purchase, fact)
        if fact.event.kind in REVERSALS:
            return await _with_reversal(uow, purchase, fact.event)
        purchase = await _with_records(uow, purchase, fact.event)
        return replace(purchase, calendar=await self._calendar(uow, purchase))

    async def _calendar(self, uow: UnitOfWork, purchase: Purchase) -> Calendar:
        """Return the shop's calendar, with the starts of the periods that the payment could extend."""
        live, zone = purchase.live, self.policy.zones.home
        is_free = live is not None and (live.provider_ref is None or live.is_owed)
        extends = is_free and purchase.order.recurring
        if live is None or not extends:
            return Calendar(zone)
        return Calendar(zone, unbroken_starts(await uow.ledger.of_subscription(live.id)))

    async def _with_plan(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> Purchase:
        subscription = purchase.subscription
        if subscription is None:
            return purchase
        plan_id = subscription.plan_id
        if fact.snapshot is not None:
            await self.sync_plan(uow, subscription, fact.snapshot, fact.now)
            await uow.subscriptions.save(subscription)
        plan = await uow.plans.get(subscription.plan_id) or purchase.plan
        return replace(purchase, plan=plan, is_moved=subscription.plan_id != plan_id)


async def _find(uow: UnitOfWork, event: PaymentEvent) -> Purchase | None:
    """Return the order of an event, locked, with its customers, plan, attempts and subscription. Return None if there
    is no such order.

    All events of one customer are applied one after the other. Customers are locked first, then orders, then dependent
    rows, in the same order as when a customer subscribes or redeems a gift; a different order could cause a deadlock.
    """
    found_order = await _order(uow, event)
    if found_order is None:
        return None
    opener = await _opener(uow, found_order, event)
    people = {each: await uow.customers.get(each, lock=True) for each in sorted({found_order.customer_id, opener})}
    customer = people[found_order.customer_id]
    order = await uow.orders.get(found_order.id, lock=True)
    plan = await uow.plans.get(found_order.plan_id)
    if customer is None or order is None or plan is None:
        return None
    attempts = await uow.orders.attempts(order.id)
    attempt = pricing.attempt_of(event, attempts)
    purchase = Purchase(
        order=order,
        customer=customer,
        holder=people[opener] if order.for_another and event.kind in REVERSALS else None,
        plan=plan,
        subscription=None,
        attempts=attempts,
        attempt=attempt,
    )
    ref = event.subscription_ref or purchase.begun_at(event)
    if ref is None:
        return purchase
    # The purchase may close the customer's other open orders; orders are locked before subscriptions.
    await uow.orders.open_of(customer.id, lock=True)
    return replace(purchase, subscription=await uow.subscriptions.by_provider_ref(event.provider, ref, lock=True))


async def _opener(uow: UnitOfWork, order: Order, event: PaymentEvent) -> CustomerId:
    """Return the customer whose subscription a refunded or disputed gift paid for, read without a lock. Return the
    payer in all other cases.
    """
    payment_key = event.about_payment if event.kind in REVERSALS and order.for_another else None
    payment = await uow.payments.by_key(event.provider, payment_key) if payment_key is not None else None
    subscription_id = payment.subscription_id if payment is not None else None
    subscription = await uow.subscriptions.get(subscription_id) if subscription_id is not None else None
    return subscription.customer_id if subscription is not None else order.customer_id


async def _with_records(uow: UnitOfWork, purchase: Purchase, event: PaymentEvent) -> Purchase:
    """Return the purchase with the payment that is already recorded for the event. If the event may buy access, also
    load the customer's subscriptions, open orders and partial payments. If the checkout failed or expired, also load
    the partial payments.
    """
    money, underpaid = payment_decisions.is_about_money(event), payment_decisions.is_underpaid(event)
    if money or underpaid:
        key = event.payment_key
        payment = await uow.payments.by_key(event.provider, key) if key is not None else None
        purchase = replace(purchase, recorded_payment=payment)
        is_first = purchase.subscription is None
        buys = payment is None and (is_first or money)
        return await _with_wares(uow, purchase, event, lock=money) if buys else purchase
    if event.kind in {PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.SUBSCRIPTION_ACTIVATED}:
        return await _with_wares(uow, purchase, event, lock=True)
    if event.kind in {PaymentEventKind.CHECKOUT_EXPIRED, PaymentEventKind.PAYMENT_FAILED}:
        return replace(purchase, parts=await uow.payments.waiting_parts([purchase.order.id]))
    return purchase


async def _with_wares(uow: UnitOfWork, purchase: Purchase, event: PaymentEvent, *, lock: bool) -> Purchase:
    """Return the purchase with the customer's subscriptions to the plan, the open orders and the partial payments.
    `lock`: True to lock the live subscription too.
    """
    order, known_subscription, plan_id = purchase.order, purchase.subscription, purchase.plan.id
    found_order = await uow.orders.open_for(order.customer_id, plan_id, lock=True, for_another=order.for_another)
    # A gift adds no time to the payer's own subscription.
    live = None if order.for_another else await uow.subscriptions.live_for(order.customer_id, plan_id, lock=lock)
    # For a subscription that the payment already pays for, its earlier prices are needed too. For a subscription that
    # the payment may extend, it matters whether the customer changed to it from another plan.
    subscription = known_subscription or live
    changes = await uow.subscriptions.changes_of(subscription.id) if subscription is not None else []
    other = found_order if found_order is not None and found_order.id != order.id else None
    parts = await uow.payments.waiting_parts([item.id for item in (order, other) if item is not None])
    earlier = [change.old_price for change in changes] if known_subscription is not None else []
    came = live is not None and known_subscription is None and went_over(live, changes)
    # The provider reports the period of a recurring charge, so earlier time does not count.
    counts = known_subscription is None and not order.for_another and event.subscription_ref is None
    had_until = await _had_until(uow, order.customer_id, plan_id) if counts else None
    return replace(purchase, live=live, went_over=came, had_until=had_until, earlier=earlier, other=other, parts=parts)


async def _had_until(uow: UnitOfWork, customer_id: CustomerId, plan_id: PlanId) -> datetime | None:
    """Return the last time at which the customer's access by an earlier subscription to the plan ended, or the customer
    changed to or from the plan. Return None if neither happened. Running subscriptions do not count, because new time
    is added to them.
    """
    moments: list[datetime] = []
    for item in await uow.subscriptions.of_customer(customer_id):
        if item.plan_id == plan_id and item.access_until is not None and item.ended_at is not None:
            moments.append(min(item.access_until, item.ended_at))
        for change in await uow.subscriptions.changes_of(item.id):
            before_plan_id, after_plan_id = change.from_plan_id, change.to_plan_id
            moments += (
                [change.changed_at]
                if before_plan_id != after_plan_id and plan_id in {before_plan_id, after_plan_id}
                else []
            )
    return max(moments, default=None)


async def _with_reversal(uow: UnitOfWork, purchase: Purchase, event: PaymentEvent) -> Purchase:
    """Return the purchase with the payment that is refunded or disputed, and with the subscription that this payment
    was for, regardless of the event's references.
    """
    payment_about, key = event.about_payment, event.payment_key
    payment = await uow.payments.by_key(event.provider, payment_about) if payment_about is not None else None
    if payment is None or key is None:
        return replace(purchase, holder=None)
    subscription_id = payment.subscription_id
    holder = await _holder(uow, purchase, subscription_id)
    subscription = await uow.subscriptions.get(subscription_id, lock=True) if subscription_id is not None else None
    is_refund = event.kind is PaymentEventKind.REFUND
    reversal = replace(
        await load_reversal(uow, payment, subscription),
        refund=await uow.reversals.refund_by_key(event.provider, key) if is_refund else None,
        dispute=await uow.reversals.dispute_by_key(event.provider, key) if not is_refund else None,
    )
    plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
    return replace(purchase, subscription=subscription, plan=plan or purchase.plan, reversal=reversal, holder=holder)


async def load_reversal(uow: UnitOfWork, payment: Payment, subscription: Subscription | None) -> Reversal:
    """Return everything that decides the effect of a refund or a dispute on a payment's time. Used for the provider's
    event, for a preview before a refund, and for a withdrawal.
    """
    payments = await paid_together(uow, payment)
    entries = await uow.ledger.of_subscription(subscription.id) if subscription is not None else []
    period_payments = await _period_payments(uow, payment, payments, entries)
    refunds = [refund for each in period_payments for refund in await uow.reversals.refunds_of(each.id)]
    requests = await uow.of(FACTS_KEY).requests_of(payment.id)
    reversal = Reversal(
        payment=payment,
        payments=payments,
        period_payments=period_payments,
        refunds=refunds,
        disputes=await uow.reversals.disputes_of([each.id for each in period_payments]),
        awaited=[each.amount for each in requests if each.is_open],
        requested={each.refund_id for each in requests if each.refund_id is not None},
    )
    if subscription is None:
        return reversal
    open_disputes = await disputes_holding(uow, subscription)
    together = await _paid_with(uow, [each.payment_id for each in open_disputes], entries)
    disputed_ids = {each.id for group in (*together.values(), period_payments) for each in group}
    return replace(
        reversal,
        entries=entries,
        open_disputes=open_disputes,
        refunds=[refund for each in disputed_ids for refund in await uow.reversals.refunds_of(each)],
        disputes=await uow.reversals.disputes_of(disputed_ids),
        together=together,
        paying=await _paying(uow, subscription, entries),
    )


async def _paid_with(
    uow: UnitOfWork, payment_ids: Collection[PaymentId], entries: Sequence[LedgerEntry]
) -> Mapping[PaymentId, Sequence[Payment]]:
    """Return, for each payment, all payments that paid its period, including the payment itself."""
    payments = [await uow.payments.get(each) for each in payment_ids]
    return {
        each.id: await _period_payments(uow, each, await paid_together(uow, each), entries)
        for each in payments
        if each is not None
    }


async def _period_payments(
    uow: UnitOfWork, payment: Payment, payments: Sequence[Payment], entries: Sequence[LedgerEntry]
) -> Sequence[Payment]:
    """Return the payments with which a dispute about a payment is compared: the payments that together paid the order
    (`payments`) and, for the price difference of a plan change, those of the period in which the plan was changed.
    """
    period_id = reversal_decisions.changed_period(payment, entries)
    period_payment = await uow.payments.get(period_id) if period_id is not None else None
    return [*await paid_together(uow, period_payment), *payments] if period_payment is not None else payments


async def _paying(uow: UnitOfWork, subscription: Subscription, entries: Sequence[LedgerEntry]) -> Collection[PaymentId]:
    """Return the payments by the subscription's customer that are not fully refunded. Payments by other people were
    gifts.
    """
    payment_ids = {each.payment_id for each in entries if each.payment_id is not None}
    payments = [await uow.payments.get(each) for each in sorted(payment_ids)]
    own_payments = [each for each in payments if each is not None and each.customer_id == subscription.customer_id]
    return {each.id for each in own_payments if not (await balance_of(uow, each)).is_gone}


async def _holder(uow: UnitOfWork, purchase: Purchase, subscription_id: SubscriptionId | None) -> Customer | None:
    """Return the customer who redeemed the gift. Return None if the order is not a redeemed gift. Raises RetryLater if
    the gift was redeemed after its customers were locked.
    """
    subscription = (
        await uow.subscriptions.get(subscription_id)
        if purchase.order.for_another and subscription_id is not None
        else None
    )
    if subscription is None:
        return None
    if purchase.holder is None or purchase.holder.id != subscription.customer_id:
        raise RetryLater("the code was opened at the same moment")
    return purchase.holder


async def disputes_holding(uow: UnitOfWork, subscription: Subscription) -> list[Dispute]:
    """Return the open disputes that keep a subscription's customer without access."""
    disputes = []
    for item in await uow.reversals.open_disputes(subscription.id):
        payment = await uow.payments.get(item.payment_id)
        order = await uow.orders.get(payment.order_id) if payment is not None else None
        if order is not None and order.dispute_policy is DisputePolicy.SUSPEND:
            disputes.append(item)
    return disputes


async def _order(uow: UnitOfWork, event: PaymentEvent) -> Order | None:
    """Return the order that the event is about; None if there is none. For a refund or a dispute, return the order of
    the original payment.
    """
    by_money = await _by_money(uow, event) if event.kind in REVERSALS else None
    order = await _order_named(uow, event) if by_money is None else None
    if order is not None:
        return order
    order_id = by_money or await _order_id(uow, event)
    return await uow.orders.get(order_id) if order_id is not None else None


async def _order_id(uow: UnitOfWork, event: PaymentEvent) -> OrderId | None:
    """Return the id of the order, found by the provider's own references in the event; None if none of them is
    recorded.
    """
    if event.subscription_ref is not None:
        subscription = await uow.subscriptions.by_provider_ref(event.provider, event.subscription_ref)
        if subscription is not None and subscription.order_id is not None:
            return subscription.order_id
    if event.checkout_ref is not None:
        attempt = await uow.orders.attempt_by_session(event.provider, event.checkout_ref)
        if attempt is not None:
            return attempt.order_id
    return await _by_money(uow, event)


async def _order_named(uow: UnitOfWork, event: PaymentEvent) -> Order | None:
    """Return the order, found by Umbral's reference in the event. Return None if the reference is missing or belongs to
    no order.
    """
    try:
        return await uow.orders.get(OrderId(UUID(event.order_id))) if event.order_id is not None else None
    except ValueError:
        return None


async def _by_money(uow: UnitOfWork, event: PaymentEvent) -> OrderId | None:
    for key in (event.about_payment, event.payment_key):
        payment = await uow.payments.by_key(event.provider, key) if key is not None else None
        if payment is not None:
            return payment.order_id
    return None
