"""Making a checkout: a subscription or an order, which the buyer approves at PayPal."""

from datetime import timedelta
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import CheckoutRequest, CheckoutSession, GatewayRejected
from subscriptions.infrastructure.payments.paypal.amounts import amount
from subscriptions.infrastructure.payments.paypal.errors import unreadable
from subscriptions.infrastructure.payments.paypal.locales import checkout_locale
from subscriptions.infrastructure.payments.paypal.names import PROVIDER
from subscriptions.infrastructure.payments.paypal.prices import asks, plan_of
from subscriptions.infrastructure.payments.paypal.reader import Node, written
from subscriptions.infrastructure.payments.paypal.references import approval, custom_id, is_id, is_subscription
from subscriptions.infrastructure.payments.paypal.wire import Wire

_DESCRIPTION_LIMIT: Final = 127


async def create_checkout(wire: Wire, request: CheckoutRequest) -> CheckoutSession:
    """A page for the request; the same idempotency key gives the same one."""
    if request.interval is None:
        return await _create_order(wire, request)
    return await _create_subscription(wire, request)


async def _create_subscription(wire: Wire, request: CheckoutRequest) -> CheckoutSession:
    await _refuse_other_price(wire, request)
    made = await wire.post("/v1/billing/subscriptions", subscription_body(request), request_id=request.idempotency_key)
    ref = made.text("id")
    if ref is None or not is_subscription(ref):
        raise unreadable("subscription")
    return _session(request, made, ref, subscription_ref=ref)


async def _create_order(wire: Wire, request: CheckoutRequest) -> CheckoutSession:
    made = await wire.post("/v2/checkout/orders", order_body(request), request_id=request.idempotency_key)
    ref = made.text("id")
    if ref is None or not is_id(ref):
        raise unreadable("order")
    return _session(request, made, ref, subscription_ref=None)


def subscription_body(request: CheckoutRequest) -> dict[str, Any]:
    """What is asked for. A trial is a later start of billing: it belongs to the order, not to the plan, and is the same
    however often it is asked for, because it is counted from the end of the checkout.
    """
    body: dict[str, Any] = {
        "plan_id": request.price_ref,
        "custom_id": custom_id(request.order_id, request.telegram_id),
        "application_context": {**_context(request), "user_action": "SUBSCRIBE_NOW"},
    }
    if request.trial_days > 0:
        body["start_time"] = written(request.expires_at + timedelta(days=request.trial_days))
    return body


def order_body(request: CheckoutRequest) -> dict[str, Any]:
    """What is asked for: one sum, once."""
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
    """A price object that is not the plan's price any more is found here, before anybody pays it."""
    plan = await plan_of(wire, request.price_ref or "")
    if plan is None:
        problem = f"plan {request.plan} has no billing plan {request.price_ref}; make one: umbral plans sync {PROVIDER}"
        raise GatewayRejected(PROVIDER, problem, code="price_missing")
    if request.interval is None or not asks(plan, request.amount, request.interval, request.interval_count):
        problem = f"billing plan {request.price_ref} is not what plan {request.plan} asks: {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")


def _session(request: CheckoutRequest, made: Node, ref: str, *, subscription_ref: str | None) -> CheckoutSession:
    return CheckoutSession(
        provider=PROVIDER,
        id=ref,
        url=approval(made, "checkout"),
        expires_at=request.expires_at,
        subscription_ref=subscription_ref,
        customer_ref=None,
    )
