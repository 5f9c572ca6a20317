"""Checkouts that the buyer approves at PayPal: a subscription, or an order for a single payment.

Functions here create and fetch checkouts and translate them to events. The payment of an order is captured after the
buyer's approval.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    GatewayRejected,
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.domain.services.vat import country_of
from subscriptions.infrastructure.payments.paypal.amounts import amount
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, Refusal, unreadable
from subscriptions.infrastructure.payments.paypal.events import ignore, incomplete
from subscriptions.infrastructure.payments.paypal.locales import checkout_locale
from subscriptions.infrastructure.payments.paypal.payments import (
    CAPTURE_STATUSES,
    capture_completed,
    charges,
    with_receipt,
)
from subscriptions.infrastructure.payments.paypal.periods import format_time
from subscriptions.infrastructure.payments.paypal.prices import asks, plan_of
from subscriptions.infrastructure.payments.paypal.references import (
    approval,
    custom_id,
    is_id,
    is_subscription,
    reference,
    with_reference,
)
from subscriptions.infrastructure.payments.paypal.subscriptions import present_period, provider_status, retrieve
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

_DESCRIPTION_LIMIT: Final = 127

_UNIT: Final = ("purchase_units", 0)

_STATUS_PENDING = "PENDING"


async def create_checkout(wire: Wire, request: CheckoutRequest) -> CheckoutSession:
    """Create a checkout. The same idempotency key returns the same checkout."""
    if request.interval is None:
        return await _create_order(wire, request)
    return await _create_subscription(wire, request)


async def _create_subscription(wire: Wire, request: CheckoutRequest) -> CheckoutSession:
    await _refuse_other_price(wire, request)
    node = await wire.post("/v1/billing/subscriptions", subscription_body(request), request_id=request.idempotency_key)
    ref = node.text("id")
    if ref is None or not is_subscription(ref):
        raise unreadable("subscription")
    return _session(request, node, ref, subscription_ref=ref)


async def _create_order(wire: Wire, request: CheckoutRequest) -> CheckoutSession:
    node = await wire.post("/v2/checkout/orders", order_body(request), request_id=request.idempotency_key)
    ref = node.text("id")
    if ref is None or not is_id(ref):
        raise unreadable("order")
    return _session(request, node, ref, subscription_ref=None)


def subscription_body(request: CheckoutRequest) -> dict[str, Any]:
    """Return the request body that creates a subscription.

    A trial is expressed as a later start of billing, so it belongs to the order and not to the billing plan. The trial
    is counted from the end of the checkout, so that repeated requests are equal.
    """
    body: dict[str, Any] = {
        "plan_id": request.price_ref,
        "custom_id": custom_id(request.order_id, request.telegram_id),
        "application_context": {**_context(request), "user_action": "SUBSCRIBE_NOW"},
    }
    if request.trial_days > 0:
        body["start_time"] = format_time(request.expires_at + timedelta(days=request.trial_days))
    return body


def order_body(request: CheckoutRequest) -> dict[str, Any]:
    """Return the request body that creates an order for a single payment."""
    unit = {
        "custom_id": custom_id(request.order_id, request.telegram_id),
        "description": (request.description.strip() or request.plan)[:_DESCRIPTION_LIMIT],
        "amount": amount(request.amount),
    }
    context = {**_context(request), "user_action": "PAY_NOW"}
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": context}},
    }


def _context(request: CheckoutRequest) -> dict[str, str]:
    locale = checkout_locale(request.locale)
    return {
        "shipping_preference": "NO_SHIPPING",
        "return_url": request.success_url,
        "cancel_url": request.cancel_url,
        **({"locale": locale} if locale is not None else {}),
    }


async def _refuse_other_price(wire: Wire, request: CheckoutRequest) -> None:
    """Refuse a billing plan that does not match the plan's price, before the customer can pay it."""
    plan = await plan_of(wire, request.price_ref or "")
    if plan is None:
        problem = f"plan {request.plan} has no billing plan {request.price_ref}; make one: umbral plans sync {PROVIDER}"
        raise GatewayRejected(PROVIDER, problem, code="price_missing")
    if request.interval is None or not asks(plan, request.amount, request.interval, request.interval_count):
        problem = f"billing plan {request.price_ref} is not what plan {request.plan} asks: {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")


def _session(request: CheckoutRequest, node: Node, ref: str, *, subscription_ref: str | None) -> CheckoutSession:
    return CheckoutSession(
        provider=PROVIDER,
        id=ref,
        url=approval(node, "checkout"),
        expires_at=request.expires_at,
        subscription_ref=subscription_ref,
        customer_ref=None,
    )


def order_approved(base: PaymentEvent, order: Node) -> PaymentEvent:
    """Return the event of an approved order. The payment is captured when the event is completed.

    Orders of other products on the same account are ignored and not captured.
    """
    base, ref = _refs(base, order), order.text("id")
    if base.order_id is None:
        return ignore(base, "an order that is none of ours")
    if ref is None or not is_id(ref):
        return incomplete(base, "id")
    return replace(base, kind=PaymentEventKind.PAYMENT_COMPLETED, checkout_ref=ref)


def order_lapsed(base: PaymentEvent, order: Node) -> PaymentEvent:
    """Return the event of an expired order: its approval expired before the capture, or the order was voided."""
    base = _refs(base, order)
    ref = order.text("order_id") or order.text("id")
    if ref is None:
        return incomplete(base, "id")
    return replace(base, kind=PaymentEventKind.CHECKOUT_EXPIRED, checkout_ref=ref)


def order_completed(base: PaymentEvent, order: Node) -> PaymentEvent:
    """Return an ignored event for a completed order, because each capture sends its own event."""
    return ignore(base, f"told by the capture ({order.text('id') or 'no id'})")


def capture_event(base: PaymentEvent, order: Node) -> PaymentEvent | None:
    """Return the payment event of a fetched order, as the webhook of its capture would report it, or None if there is
    no payment.

    An order can be COMPLETED although its capture was declined (Checkout-NodeJS-SDK#46), so only the capture's status
    counts.
    """
    capture = capture_of(order)
    if capture.text("status") not in CAPTURE_STATUSES:
        return None
    event = capture_completed(replace(_refs(base, order), checkout_ref=order.text("id")), capture)
    if event.kind is not PaymentEventKind.PAYMENT_COMPLETED:
        return None
    country = country_of(order.text("payer", "address", "country_code"))
    payer = order.text("payer", "payer_id")
    return replace(event, checkout_ref=order.text("id"), customer_ref=payer, country=country)


def capture_of(order: Node) -> Node:
    """Return the order's capture; a successful one if there are several."""
    captures = list(order.items(*_UNIT, "payments", "captures"))
    good = (each for each in captures if each.text("status") in CAPTURE_STATUSES)
    return next(good, captures[-1] if captures else Node(None))


def _refs(base: PaymentEvent, order: Node) -> PaymentEvent:
    return with_reference(base, order.text(*_UNIT, "custom_id") or order.text("custom_id"))


async def fetch_order(wire: Wire, base: PaymentEvent, ref: str) -> CheckoutState | None:
    """Return the order's state, or None if it does not exist. An approved order is captured first."""
    order = await capture_order(wire, ref)
    if order is None:
        return None
    event = capture_event(base, order)
    return CheckoutState(
        paid=event is not None,
        expired=order.text("status") == "VOIDED",
        event=event,
        pending=event is None and capture_of(order).text("status") == _STATUS_PENDING,
    )


async def complete_approval(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return the payment event of an approved order, whose payment is captured first.

    If the payment was refused, the event has the kind PAYMENT_FAILED. The event is ignored if the order is not approved
    or does not exist, or if the bank has not decided yet.
    """
    order = await capture_order(wire, event.checkout_ref or "", ours=True)
    if order is not None and order.text("status") == "CREATED":
        return replace(event, kind=PaymentEventKind.IGNORED, reason="nobody agreed to it yet")
    payment_event = capture_event(event, order) if order is not None else None
    if payment_event is not None:
        return payment_event
    status = capture_of(order).text("status") if order is not None else None
    if order is None or status == _STATUS_PENDING:
        reason = "the order is gone" if order is None else "the bank has not decided yet; another event follows"
        return replace(event, kind=PaymentEventKind.IGNORED, reason=reason)
    return replace(event, kind=PaymentEventKind.PAYMENT_FAILED, reason="the means of payment was refused")


async def lapse_on_record(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return the event of an expired checkout, or an ignored event if the order is still open, approved or paid."""
    order = await _retrieve(wire, event.checkout_ref or "")
    if order is not None and order.text("status") in {"CREATED", "APPROVED", "COMPLETED"}:
        return replace(event, kind=PaymentEventKind.IGNORED, reason=f"the order is {order.text('status')}")
    return replace(event, order_id=None, telegram_id=None)


async def capture_order(wire: Wire, ref: str, *, ours: bool = False) -> Node | None:
    """Return the order. If the buyer has approved the order, capture it first; a repetition does not charge twice.

    `ours`: return None for an order without our reference, which belongs to another product of the account.
    """
    order = await _retrieve(wire, ref)
    if ours and order is not None and reference(order.text(*_UNIT, "custom_id"))[0] is None:
        return None
    if order is None or order.text("status") != "APPROVED" or order.text("intent") not in {None, "CAPTURE"}:
        return order
    # After a refused payment, the buyer approves again. The new attempt needs another idempotency key.
    key = f"capture:{ref}:{order.text('update_time') or ''}"
    try:
        return await wire.post(f"/v2/checkout/orders/{ref}/capture", {}, request_id=key)
    except Refusal:
        # Another process captured the order at the same time, or the bank refused the payment; the order's state shows
        # which.
        return await _retrieve(wire, ref)


async def _retrieve(wire: Wire, ref: str) -> Node | None:
    if not is_id(ref):
        return None
    order = await wire.find(f"/v2/checkout/orders/{ref}")
    if order is not None and order.text("id") is None:
        raise unreadable("order")
    return order


async def fetch_subscription_checkout(wire: Wire, base: PaymentEvent, ref: str) -> CheckoutState | None:
    """Return the state of a subscription's checkout, or None if the subscription does not exist."""
    subscription = await retrieve(wire, ref)
    if subscription is None:
        return None
    status = provider_status(subscription, base.occurred_at)
    if status is ProviderStatus.INCOMPLETE:
        is_pending = subscription.text("status") == "APPROVED"
        # PayPal does not report an expired approval: the subscription keeps this state forever.
        return CheckoutState(paid=False, expired=False, event=None, pending=is_pending, unsure=not is_pending)
    payment_events = await charges(wire, base, subscription)
    event = await with_receipt(wire, payment_events[0]) if payment_events else _free(base, subscription, status)
    is_ended = status is ProviderStatus.ENDED
    return CheckoutState(
        paid=event is not None,
        expired=is_ended and event is None,
        event=event,
        pending=event is None and not is_ended,
    )


def _free(base: PaymentEvent, subscription: Node, status: ProviderStatus) -> PaymentEvent | None:
    """Return the event of a started trial, or None if a charge is expected."""
    if status is not ProviderStatus.TRIALING:
        return None
    ref = subscription.text("id")
    start, end = present_period(subscription, base.occurred_at)
    return replace(
        with_reference(base, subscription.text("custom_id")),
        kind=PaymentEventKind.SUBSCRIPTION_ACTIVATED,
        event_key=f"fetched:{ref}",
        subscription_ref=ref,
        checkout_ref=ref,
        customer_ref=subscription.text("subscriber", "payer_id"),
        period_start=start,
        period_end=end,
    )
