"""Plan changes of a subscription, requested as a revision that the payer approves at PayPal.

The new price applies from the next cycle, and nothing is charged for the rest of the current cycle. Until the payer
approves, billing is unchanged. Only billing plans of the same product can replace each other.
(https://developer.paypal.com/docs/subscriptions/customize/revise-subscriptions/)
"""

from typing import Any

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PlanChangeRequest, ProviderStatus
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER
from subscriptions.infrastructure.payments.paypal.locales import checkout_locale
from subscriptions.infrastructure.payments.paypal.prices import asks, plan_of
from subscriptions.infrastructure.payments.paypal.references import approval
from subscriptions.infrastructure.payments.paypal.subscriptions import retrieve, snapshot
from subscriptions.infrastructure.payments.paypal.wire import Wire


async def ask_change(wire: Wire, clock: Clock, request: PlanChangeRequest) -> str | None:
    """Return the URL at which the payer approves the change, or None if the subscription is not active or its billing
    plan belongs to another product.
    """
    node = await retrieve(wire, request.subscription_ref)
    if node is None or snapshot(node, clock.now()).status is not ProviderStatus.ACTIVE:
        return None
    plan = await plan_of(wire, request.price_ref)
    if plan is None or not asks(plan, request.amount, request.interval, request.interval_count):
        problem = f"billing plan {request.price_ref} is not what the plan asks: {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")
    present = await plan_of(wire, node.text("plan_id") or "")
    if present is None or present.text("product_id") != plan.text("product_id"):
        return None
    revision = await wire.post(f"/v1/billing/subscriptions/{request.subscription_ref}/revise", _body(request))
    return approval(revision, "revision")


def _body(request: PlanChangeRequest) -> dict[str, Any]:
    locale = checkout_locale(request.locale)
    context = {
        "shipping_preference": "NO_SHIPPING",
        "return_url": request.back,
        "cancel_url": request.back,
        **({"locale": locale} if locale is not None else {}),
    }
    return {"plan_id": request.price_ref, "application_context": context}
