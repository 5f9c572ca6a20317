"""Decisions on payment events. The functions are pure, so that tests can try every order of events."""

from dataclasses import replace
from typing import Final

from subscriptions.domain.entities.order import AttemptStatus, Order, OrderStatus
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import (
    PLAN_CHANGE,
    UNDERPAID,
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.domain.services import part_policy, payment_policy, pricing, reversal_decisions
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services.payment_outcomes import Outcome, PrerequisiteMissing, SetAside
from subscriptions.domain.services.purchase import REVERSALS, Fact, Purchase

_LATER_KINDS: Final = frozenset(
    {
        PaymentEventKind.SUBSCRIPTION_UPDATED,
        PaymentEventKind.SUBSCRIPTION_CANCELED,
        PaymentEventKind.SUBSCRIPTION_PAUSED,
    }
)
_GOES_BACK: Final = frozenset({FlagReason.SECOND_CAPTURE, FlagReason.ORDER_CLOSED})
"""Review reasons for duplicate payments and closed orders, which are refunded automatically if the provider supports
it.
"""


def decide_unmatched(event: PaymentEvent) -> outcomes.NoMatch:
    """Return the outcome of an event whose references match none of Umbral's orders."""
    if event.order_id is None and event.telegram_id is None:
        return outcomes.NoChange()
    return PrerequisiteMissing(f"order {event.order_id} does not exist", "unmatched_payment_event")


def decide(purchase: Purchase, fact: Fact) -> Outcome:
    """Return the outcome of an event, which depends on the kind of the event and on Umbral's records
    of the purchase.
    """
    event = fact.event
    refusal: Outcome | None = _missing_requirement(purchase, fact)
    if refusal is None and purchase.customer.is_forgotten and event.kind not in REVERSALS:
        refusal = _for_nobody(purchase, fact)
    if refusal is not None:
        return refusal
    if event.kind in REVERSALS:
        return reversal_decisions.decide(purchase, fact)
    if is_part(purchase, event):
        return _part(purchase, fact)
    if is_about_money(event):
        return _money(purchase, fact, event)
    if event.kind in {PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.SUBSCRIPTION_ACTIVATED}:
        return _activation(purchase, fact)
    return _closed_checkout(purchase, event) if _closes(purchase, event) else _follow(purchase, fact)


def _for_nobody(purchase: Purchase, fact: Fact) -> Outcome | None:
    """Return the outcome of an event of an erased customer: refund a late payment, and cancel a new subscription at the
    provider before its first charge. Return None for other events.
    """
    event = fact.event
    came = event.payment_key is not None and event.amount is not None and event.amount.minor > 0
    if purchase.recorded_payment is None and came and (is_about_money(event) or is_underpaid(event)):
        return _set_aside(fact, FlagReason.ORDER_CLOSED)
    begins = event.kind in {PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.SUBSCRIPTION_ACTIVATED}
    is_unwanted = event.subscription_ref is not None and purchase.subscription is None
    return outcomes.NothingGiven(None, is_unwanted) if begins and purchase.recorded_payment is None else None


def is_about_money(event: PaymentEvent) -> bool:
    """Return True if the event reports captured money. Some providers send "completed" when a subscription starts and
    report the money separately.
    """
    has_payment = event.payment_key is not None or event.amount is not None
    return event.kind is PaymentEventKind.PAYMENT_COMPLETED and has_payment


def is_part(purchase: Purchase, event: PaymentEvent) -> bool:
    """Return True if a first payment covers only part of the price.

    The payment is less than requested. Or it is the requested rest of a price whose earlier partial payments no longer
    count, because they were refunded or used.
    """
    if purchase.subscription is not None:
        return False
    if event.kind is not PaymentEventKind.PAYMENT_COMPLETED:
        return is_underpaid(event)
    asked_amount, price = pricing.asked_by(purchase.attempt, purchase.order), _price(purchase)
    paid_amount = event.regular or event.amount
    if (
        event.payment_key is None
        or paid_amount is None
        or asked_amount == price
        or purchase.recorded_payment is not None
    ):
        return False
    return paid_amount.currency == price.currency and _received_sum(purchase, purchase.order) + paid_amount < price


def is_underpaid(event: PaymentEvent) -> bool:
    """Return True if the payment is less than the checkout requested."""
    return event.kind is PaymentEventKind.PAYMENT_FAILED and event.reason == UNDERPAID


def _missing_requirement(purchase: Purchase, fact: Fact) -> PrerequisiteMissing | None:
    event = fact.event
    if fact.unknown and event.kind not in REVERSALS:
        # A signed event about a subscription that Umbral's API key cannot see belongs to another account or is not
        # genuine.
        return PrerequisiteMissing(
            f"the provider does not know subscription {event.subscription_ref}", "unknown_subscription"
        )
    if fact.is_unconfirmed:
        return PrerequisiteMissing("the provider does not say that this period is paid")
    # The event belongs to a purchase whose start has not been reported yet, and identifies only the checkout.
    continues = purchase.order.recurring and (event.is_renewal or event.kind in _LATER_KINDS)
    is_unnamed = event.subscription_ref is None and event.checkout_ref is not None
    is_begun = purchase.subscription is not None or purchase.begun_at(event) is not None
    return (
        PrerequisiteMissing("what began at this checkout is not counted yet")
        if continues and is_unnamed and not is_begun
        else None
    )


def _part(purchase: Purchase, fact: Fact) -> Outcome:
    event, order, price = fact.event, purchase.order, _price(purchase)
    if event.payment_key is None or event.amount is None or event.amount.minor <= 0:
        return PrerequisiteMissing("a part payment without the provider's key or amount")
    if purchase.recorded_payment is not None:
        return outcomes.CountedBefore(purchase.subscription)
    mismatch = event.amount.currency != price.currency
    if mismatch or payment_policy.somebody_elses(event, order, purchase.customer, None, fact.snapshot):
        return _set_aside(fact, FlagReason.AMOUNT_MISMATCH if mismatch else FlagReason.CUSTOMER_MISMATCH)
    home = part_policy.home_of(order, purchase.live, purchase.other, went_over=purchase.went_over)
    total = _received_sum(purchase, home or order) + event.amount
    if home is None or (home.id != order.id and not total < price):
        return outcomes.PartReturned()
    return outcomes.PartKept(home) if total < price else _money(purchase, fact, _whole(purchase, event), total - price)


def _whole(purchase: Purchase, event: PaymentEvent) -> PaymentEvent:
    """Return the last partial payment as a payment of exactly the requested amount, because all parts together cover
    the price.
    """
    asked_amount = pricing.asked_by(purchase.attempt, purchase.order)
    return replace(event, kind=PaymentEventKind.PAYMENT_COMPLETED, regular=asked_amount, reason=None)


def _money(purchase: Purchase, fact: Fact, event: PaymentEvent, excess: Money | None = None) -> Outcome:
    """Return the outcome of an event that reports captured money.

    event: the event of `fact`, or an adapted copy
    excess: amount by which all parts together exceed the price
    """
    order, subscription = purchase.order, purchase.subscription
    if event.payment_key is None:
        return PrerequisiteMissing("a captured payment without the provider's key")
    if purchase.recorded_payment is not None:
        return outcomes.CountedBefore(_subscription_to_sync(purchase, fact))
    if event.reason == PLAN_CHANGE and subscription is None:
        return PrerequisiteMissing("the difference of a change for a subscription that is not counted yet")
    if event.reduction is not None and event.is_renewal and subscription is None:
        return PrerequisiteMissing("a period charged at less than its price, of a subscription that is not counted yet")
    excess = excess if excess is not None and excess.minor else payment_policy.excess_of(event)
    flag = _flag(purchase, fact, event)
    if flag is not None:
        return _set_aside(fact, flag, excess)
    return outcomes.BoughtForAnother(excess=excess) if order.for_another else _count(purchase, fact, event, excess)


def _count(purchase: Purchase, fact: Fact, event: PaymentEvent, excess: Money | None) -> Outcome:
    order, subscription = purchase.order, purchase.subscription
    renews, went_over = event.subscription_ref is not None, purchase.went_over
    more = subscription is None and payment_policy.extends(order, purchase.live, renews=renews, went_over=went_over)
    live_subscription = purchase.live if more else None
    time = payment_policy.paid_time(
        event, fact.snapshot, order, purchase.had_until, live_subscription, purchase.calendar
    )
    if time is None:
        return PrerequisiteMissing("the provider does not tell the paid period yet")
    time = payment_policy.until_its_end(time, order, live_subscription)
    return outcomes.TimePurchase(
        time=time, running_subscription=live_subscription, excess=excess, settles_change=event.reason == PLAN_CHANGE
    )


def _flag(purchase: Purchase, fact: Fact, event: PaymentEvent) -> FlagReason | None:
    order, subscription, attempt = purchase.order, purchase.subscription, purchase.attempt
    asked_amount = pricing.asked_by(attempt, order)
    flag = payment_policy.flag_for(
        event,
        order,
        purchase.customer,
        subscription,
        purchase.live,
        fact.snapshot,
        amount=asked_amount,
        went_over=purchase.went_over,
    )
    is_late = subscription is None and fact.asked_first and pricing.came_late(event, order, attempt)
    # Money paid in time but reported late is put under review too, because it would buy no time.
    is_over = subscription is None and order.ends_at is not None and order.ends_at <= max(event.occurred_at, fact.now)
    return FlagReason.ORDER_CLOSED if flag is None and (is_late or is_over) else flag


def _set_aside(fact: Fact, flag: FlagReason, excess: Money | None = None) -> SetAside:
    goes_back = flag in _GOES_BACK
    second = fact.event.subscription_ref or "" if goes_back else ""
    return SetAside(flag=flag, returns=goes_back and fact.returns, second=second, excess=excess)


def _activation(purchase: Purchase, fact: Fact) -> Outcome:
    """Return the outcome of an activation without money: a trial, or a period of a free plan, which counts once.

    If the customer has granted time, the activation begins after that time like a paid purchase, and the provider
    manages all of the time from then on. If the plan already renews, the activation comes from a checkout that began
    before the first activation was reported. It is canceled before it is charged.
    """
    subscription, live, order = purchase.subscription, purchase.live, purchase.order
    free_times = payment_policy.free_time(fact.event, fact.snapshot, order, is_known=subscription is not None)
    begins = subscription is None and fact.event.subscription_ref is not None and order.status is not OrderStatus.PAID
    live_subscription = live if begins and payment_policy.extends(order, live, renews=True) else None
    runs_elsewhere = (
        live is not None and live_subscription is None and (subscription is None or subscription.id != live.id)
    )
    if free_times is None or runs_elsewhere or (subscription is not None and not subscription.live):
        is_second = free_times is not None and subscription is None and fact.event.subscription_ref is not None
        return outcomes.NothingGiven(_subscription_to_sync(purchase, fact), is_unwanted=is_second)
    if fact.snapshot is not None and fact.snapshot.status is ProviderStatus.INCOMPLETE:
        return PrerequisiteMissing("an activation of what has not begun at the provider", "payment_event_stuck")
    return outcomes.TimeGiven(*free_times, running_subscription=live_subscription)


def _subscription_to_sync(purchase: Purchase, fact: Fact) -> Subscription | None:
    """Return the subscription to sync with the provider: an activation may also report the end of a pause. Return None
    if the provider's state was not fetched.
    """
    return purchase.subscription if fact.snapshot is not None else None


def _follow(purchase: Purchase, fact: Fact) -> Outcome:
    """Return the outcome that syncs the subscription with the provider. An insufficient payment for a further period
    belongs to no order and is put under review.
    """
    event, subscription = fact.event, purchase.subscription
    if subscription is None:
        return outcomes.NothingToSync()
    came = event.payment_key is not None and event.amount is not None and event.amount.minor > 0
    short = came and is_underpaid(event) and purchase.recorded_payment is None
    return outcomes.SubscriptionUpdate(subscription, _set_aside(fact, FlagReason.AMOUNT_MISMATCH) if short else None)


def _closes(purchase: Purchase, event: PaymentEvent) -> bool:
    gave_up = event.kind is PaymentEventKind.PAYMENT_FAILED and event.final and purchase.subscription is None
    return gave_up or event.kind is PaymentEventKind.CHECKOUT_EXPIRED


def _closed_checkout(purchase: Purchase, event: PaymentEvent) -> outcomes.CheckoutClosed:
    """Return the outcome that closes the checkout. The customer is notified only if a payment failed, the order is
    unpaid and no other checkout of the order is open.
    """
    order, reference = purchase.order, (event.provider, event.checkout_ref)
    mine = tuple(attempt for attempt in purchase.attempts if (attempt.provider, attempt.session_ref) == reference)
    open_attempts = [item for item in purchase.attempts if item not in mine and item.status is not AttemptStatus.CLOSED]
    is_failed = (
        event.kind is PaymentEventKind.PAYMENT_FAILED and order.status is not OrderStatus.PAID and not open_attempts
    )
    # After a partial payment the order stays open for the rest, even if a checkout ends.
    expires = order.status is OrderStatus.OPEN and not open_attempts and not purchase.parts_of(order)
    return outcomes.CheckoutClosed(mine, expires, mine[0].number if mine and is_failed else None)


def _price(purchase: Purchase) -> Money:
    return pricing.full_price(purchase.attempt, purchase.order)


def _received_sum(purchase: Purchase, order: Order) -> Money:
    return part_policy.received_sum(purchase.parts_of(order), _price(purchase).currency)
