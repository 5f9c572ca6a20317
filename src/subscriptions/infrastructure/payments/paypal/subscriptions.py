"""Subscriptions: their state, cancellation and resumption, and their events, none of which is a payment.

PayPal describes subscriptions in two formats: new (`status`, `billing_info`) and old (`state`, `agreement_details`).
PayPal cannot cancel at the end of a period, so we suspend the subscription with our own reason instead: nothing is
charged, the buyer keeps the paid time, and a reactivation undoes the cancellation. At the end of the period, our own
clock triggers the cancellation.
"""

import logging
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.infrastructure.payments.paypal.amounts import read_amount
from subscriptions.infrastructure.payments.paypal.errors import Refusal, unreadable
from subscriptions.infrastructure.payments.paypal.events import evidence, ignore, incomplete
from subscriptions.infrastructure.payments.paypal.periods import (
    NO_PERIOD,
    Period,
    format_time,
    in_trial,
    next_billing,
    noted_pause,
    pause_of,
    regular_cycle,
    rhythm,
)
from subscriptions.infrastructure.payments.paypal.prices import fixed_price, next_price, plan_of
from subscriptions.infrastructure.payments.paypal.references import is_subscription, reference, with_reference
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

log = logging.getLogger(__name__)

_RENEWABLE: Final = frozenset([ProviderStatus.ACTIVE, ProviderStatus.TRIALING, ProviderStatus.PAST_DUE])
_CHARGED: Final = frozenset([ProviderStatus.ACTIVE, ProviderStatus.PAST_DUE])
_ON_TIME: Final = timedelta(days=1)
"""Maximum time between the start of a period and a charge that did not wait for a bank."""
_END_REASON: Final = "The seller ended the subscription"
HOLD_REASON: Final = "held"
"""Reason text of the suspension while the customer's access is suspended by us."""
GOES_ON: Final = "The subscriber keeps the subscription"

STATUS: Final = {
    "APPROVAL_PENDING": ProviderStatus.INCOMPLETE,
    "APPROVED": ProviderStatus.INCOMPLETE,
    "PENDING": ProviderStatus.INCOMPLETE,
    "ACTIVE": ProviderStatus.ACTIVE,
    "REACTIVATED": ProviderStatus.ACTIVE,
    "SUSPENDED": ProviderStatus.PAUSED,
    "CANCELLED": ProviderStatus.ENDED,
    "CANCELED": ProviderStatus.ENDED,
    "EXPIRED": ProviderStatus.ENDED,
}

_NOTE: Final = "cancel_at_period_end"
_OURS = re.compile(rf"{_NOTE}(?:=(?P<end>\S{{1,40}}))?\Z")


async def fetch_subscription(wire: Wire, clock: Clock, ref: str) -> SubscriptionSnapshot | None:
    """Return the current state, or None if the subscription does not exist."""
    # The time is taken before the call, because the answer is at least this recent.
    fetched_at = clock.now()
    node = await retrieve(wire, ref)
    if node is None:
        return None
    state = snapshot(node, fetched_at)
    if not await _is_at_bank(wire, node, state):
        return state
    is_retry = state.status is ProviderStatus.PAST_DUE
    return replace(state, status=ProviderStatus.ACTIVE if is_retry else state.status, owed=None, unsettled=True)


async def _is_at_bank(wire: Wire, subscription: Node, state: SubscriptionSnapshot) -> bool:
    """Return True if the payer's bank decides about the charge of the current period or about its retry, as with an
    eCheck. Only the subscription's transactions state this, as PENDING
    (https://developer.paypal.com/docs/api/subscriptions/v1/#subscriptions_transactions). They are not fetched if the
    period was paid on time, or if the subscription has no charges.
    """
    start, _ = present_period(subscription, state.fetched_at)
    paid_at = subscription.moment("billing_info", "last_payment", "time")
    is_on_time = start is not None and paid_at is not None and abs(paid_at - start) <= _ON_TIME
    if start is None or is_on_time or start > state.fetched_at or state.status not in _CHARGED:
        return False
    span = {"start_time": format_time(start - _ON_TIME), "end_time": format_time(state.fetched_at + _ON_TIME)}
    answer = await wire.get(f"/v1/billing/subscriptions/{state.ref}/transactions", span)
    return any(each.text("status") == "PENDING" for each in answer.items("transactions"))


async def cancel_subscription(wire: Wire, clock: Clock, ref: str, *, at_period_end: bool) -> bool:
    """Cancel a subscription. Return True if the subscription is canceled or will end, by this or an earlier call, and
    False if it is unknown or has not started.
    """
    found_node = await retrieve(wire, ref)
    if found_node is None:
        return False
    is_done = _is_done(found_node, clock.now(), at_period_end=at_period_end)
    if is_done is not None:
        return is_done
    try:
        # A suspended subscription cannot be suspended again, so it is canceled immediately.
        if at_period_end and raw_status(found_node) != "SUSPENDED":
            reason = cancel_note(present_period(found_node, clock.now())[1])
            await wire.post(f"/v1/billing/subscriptions/{ref}/suspend", {"reason": reason})
        else:
            await wire.post(f"/v1/billing/subscriptions/{ref}/cancel", {"reason": _END_REASON})
    except Refusal:
        node = await retrieve(wire, ref)
        is_done = False if node is None else _is_done(node, clock.now(), at_period_end=at_period_end)
        if is_done is None:
            raise
        return is_done
    return True


async def resume_subscription(wire: Wire, clock: Clock, ref: str) -> bool:
    """Undo a cancellation.

    Return True if the subscription renews, and False if the paid period is over, or the subscription is unknown or
    suspended for another reason.
    """
    found_node = await retrieve(wire, ref)
    if found_node is None:
        return False
    goes_on = _goes_on(found_node, clock.now())
    if goes_on is not None:
        return goes_on
    try:
        await wire.post(f"/v1/billing/subscriptions/{ref}/activate", {"reason": GOES_ON})
    except Refusal:
        node = await retrieve(wire, ref)
        goes_on = False if node is None else _goes_on(node, clock.now())
        if goes_on is None:
            raise
        return goes_on
    return True


async def retrieve(wire: Wire, ref: str) -> Node | None:
    """Return the subscription with its billing plan, or None if it does not exist."""
    if not is_subscription(ref):
        return None
    node = await wire.find(f"/v1/billing/subscriptions/{ref}", {"fields": "plan"})
    if node is None:
        return None
    if node.text("id") is None:
        raise unreadable("subscription")
    if regular_cycle(node.at("plan")).is_object:
        return node
    plan = await plan_of(wire, node.text("plan_id") or "")
    return node if plan is None else Node({**node.value, "plan": plan.value})


def _is_done(subscription: Node, now: datetime, *, at_period_end: bool) -> bool | None:
    """Return True if the cancellation is already done, False if cancelling is impossible, and None if the subscription
    must be canceled.
    """
    state = snapshot(subscription, now)
    if state.status is ProviderStatus.ENDED or (at_period_end and state.cancel_at_period_end):
        return True
    # The subscription is not approved: nothing is charged, and PayPal can neither suspend nor cancel it.
    return False if state.status is ProviderStatus.INCOMPLETE else None


def _goes_on(subscription: Node, now: datetime) -> bool | None:
    """Return True if the subscription renews, False if it cannot be resumed, and None if only our suspension prevents
    its renewal.
    """
    ours, ends_at = ends_by_us(subscription)
    if ours:
        # After the period's end, a reactivation would charge the next period.
        return False if ends_at is not None and ends_at <= now else None
    return raw_status(subscription) != "SUSPENDED" and snapshot(subscription, now).status in _RENEWABLE


def subscription_created(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return an ignored event for a new subscription, which is not approved yet."""
    return ignore(base, f"not approved yet ({subscription.text('id') or 'no id'})")


def subscription_activated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of an approved subscription. The event grants time only if no payment is due first."""
    return _describe(base, subscription, PaymentEventKind.SUBSCRIPTION_ACTIVATED)


def subscription_reactivated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of a reactivated subscription, which does not start a second trial."""
    return replace(_describe(base, subscription, PaymentEventKind.SUBSCRIPTION_ACTIVATED), is_renewal=True)


def subscription_updated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of a change for which PayPal has no specific event type."""
    return _describe(base, subscription, PaymentEventKind.SUBSCRIPTION_UPDATED)


def subscription_suspended(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of a suspension. A suspension with one of our reasons is an update; any other was made by the
    seller or PayPal and is a pause.
    """
    ours, ends_at = ends_by_us(subscription)
    if not (ours or is_held(subscription)) and noted_pause(subscription) is None:
        return _describe(base, subscription, PaymentEventKind.SUBSCRIPTION_PAUSED)
    return replace(_describe(base, subscription, PaymentEventKind.SUBSCRIPTION_UPDATED), cancel_at=ends_at)


def subscription_ended(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of an ended subscription, which the buyer, the seller or PayPal canceled, or which expired. The
    paid time remains.
    """
    event = _describe(base, subscription, PaymentEventKind.SUBSCRIPTION_CANCELED)
    if event.kind is not PaymentEventKind.SUBSCRIPTION_CANCELED:
        return event
    return replace(event, final=True, reason=subscription.text("status_change_note"))


def payment_failed(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of a refused charge.

    PayPal retries some days later, and suspends the subscription after repeated failures.
    """
    failure = subscription.at("billing_info", "last_failed_payment")
    event = _describe(base, subscription, PaymentEventKind.PAYMENT_FAILED)
    if event.kind is not PaymentEventKind.PAYMENT_FAILED:
        return event
    retry = failure.moment("next_payment_retry_time")
    retry_evidence = evidence(attempt=failed_payments(subscription), next_attempt=retry.isoformat() if retry else None)
    return replace(
        event,
        amount=read_amount(failure.at("amount")),
        reason=failure.text("reason_code"),
        evidence={**event.evidence, **retry_evidence},
    )


def _describe(base: PaymentEvent, subscription: Node, kind: PaymentEventKind) -> PaymentEvent:
    base = with_reference(base, subscription.text("custom_id"))
    ref = subscription.text("id")
    if ref is None or not is_subscription(ref):
        return incomplete(base, "id")
    return replace(
        base,
        kind=kind,
        subscription_ref=ref,
        # The id of the subscription is also the id of its checkout.
        checkout_ref=ref,
        customer_ref=subscription.text("subscriber", "payer_id"),
        evidence=evidence(status=raw_status(subscription) or None, plan=subscription.text("plan_id")),
    )


def cancel_note(ends_at: datetime | None) -> str:
    """Return the reason text of a suspension that replaces a cancellation. The text contains the end
    of the paid time.
    """
    return f"{_NOTE}={format_time(ends_at)}" if ends_at is not None else _NOTE


def ends_by_us(subscription: Node) -> tuple[bool, datetime | None]:
    """Return True and the end of the paid time if the subscription is suspended by our cancellation; otherwise False
    and None. The end is None if the reason text contains no valid time.
    """
    match = _OURS.match(subscription.text("status_change_note") or "")
    if match is None or raw_status(subscription) != "SUSPENDED":
        return False, None
    return True, Node(match["end"]).moment()


def is_held(subscription: Node) -> bool:
    """Return True if the subscription is suspended because the customer's access is suspended by us."""
    return raw_status(subscription) == "SUSPENDED" and subscription.text("status_change_note") == HOLD_REASON


def raw_status(subscription: Node) -> str:
    """Return PayPal's status in capitals. Objects in the old format write `Active`."""
    return (subscription.text("status") or subscription.text("state") or "").upper()


def failed_payments(subscription: Node) -> int:
    """Return the number of refused charges in a row."""
    count = subscription.count("billing_info", "failed_payments_count")
    return count or subscription.count("agreement_details", "failed_payment_count") or 0


def owes(subscription: Node) -> bool:
    """Return True if a refused charge is still unpaid. Such a subscription keeps the status ACTIVE at PayPal."""
    open_sum = read_amount(subscription.at("billing_info", "outstanding_balance"))
    return failed_payments(subscription) > 0 or (open_sum is not None and open_sum.minor > 0)


def provider_status(subscription: Node, now: datetime) -> ProviderStatus:
    """Return the provider-neutral status of a subscription. If PayPal's status is unknown, log it and
    return UNKNOWN.
    """
    raw = raw_status(subscription)
    status = STATUS.get(raw)
    if status is None:
        log.warning("paypal: subscription status %r is not known; it grants nothing new", raw)
        return ProviderStatus.UNKNOWN
    pause = pause_of(subscription, raw, now)
    if pause is not None:
        status = ProviderStatus.ACTIVE if now < pause.starts else ProviderStatus.PAUSED
    elif status is ProviderStatus.PAUSED and (ends_by_us(subscription)[0] or is_held(subscription)):
        status = ProviderStatus.ACTIVE
    if status is ProviderStatus.ACTIVE and in_trial(subscription, now):
        return ProviderStatus.TRIALING
    # The subscription was suspended after too many refused charges. The promised grace period ends by our own clock.
    is_running = status in {ProviderStatus.ACTIVE, ProviderStatus.PAUSED}
    return ProviderStatus.PAST_DUE if is_running and owes(subscription) else status


def _upcoming(subscription: Node, now: datetime) -> UpcomingCharge | None:
    """Return the next charge as PayPal states it: the billing date, and the plan's price multiplied by the quantity.

    None while a charge is unpaid, or if PayPal states no date although the subscription renews.
    """
    status, pause = provider_status(subscription, now), pause_of(subscription, raw_status(subscription), now)
    if status in {ProviderStatus.PAST_DUE, ProviderStatus.INCOMPLETE, ProviderStatus.UNKNOWN}:
        return None
    stops = status is ProviderStatus.ENDED or ends_by_us(subscription)[0] or is_held(subscription)
    if stops or (status is ProviderStatus.PAUSED and pause is None):
        return UpcomingCharge(at=None, learned_at=now)
    at = pause.end if pause is not None else next_billing(subscription)
    return None if at is None else UpcomingCharge(at=at, amount=next_price(subscription), learned_at=now)


def present_period(subscription: Node, now: datetime) -> Period:
    """Return the current period, which ends with the next charge."""
    ours, ends_at = ends_by_us(subscription)
    pause, every = pause_of(subscription, raw_status(subscription), now), rhythm(subscription)
    if pause is not None and now >= pause.starts:
        return pause.starts, pause.end
    end = pause.starts if pause is not None else next_billing(subscription) or (ends_at if ours else None)
    if end is None:
        return NO_PERIOD
    if in_trial(subscription, now):
        return subscription.moment("create_time") or subscription.moment("start_time"), end
    return every.step(end, -1) if every is not None else None, end


def snapshot(subscription: Node, fetched_at: datetime) -> SubscriptionSnapshot:
    """Create a snapshot of a fetched subscription. The caller has checked that the subscription has an id."""
    ours, ends_at = ends_by_us(subscription)
    start, end = present_period(subscription, fetched_at)
    order_id, telegram_id = reference(subscription.text("custom_id"))
    pause = pause_of(subscription, raw_status(subscription), fetched_at)
    return SubscriptionSnapshot(
        ref=subscription.text("id") or "",
        status=provider_status(subscription, fetched_at),
        raw_status=raw_status(subscription),
        current_period_start=start,
        current_period_end=end,
        cancel_at_period_end=ours,
        cancel_at=(ends_at or end) if ours else None,
        customer_ref=subscription.text("subscriber", "payer_id"),
        price_ref=subscription.text("plan_id"),
        price=fixed_price(subscription.at("plan")),
        order_id=order_id,
        telegram_id=telegram_id,
        pause_until=pause.end if pause is not None else None,
        held=is_held(subscription),
        owed=read_amount(subscription.at("billing_info", "last_failed_payment", "amount"))
        if owes(subscription)
        else None,
        last_charge=read_amount(subscription.at("billing_info", "last_payment", "amount")),
        upcoming=_upcoming(subscription, fetched_at),
        fetched_at=fetched_at,
    )
