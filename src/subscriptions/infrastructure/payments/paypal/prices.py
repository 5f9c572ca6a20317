"""Billing plans: one per plan, amount and period, created once and found again by plan and price.

All billing plans belong to one product, because only then can they replace each other in a subscription. PayPal stores
no reference, so the plan's slug is written at the end of the description. A plan that is paid once has its own product
instead.
"""

from typing import Any, Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    PriceRequest,
)
from subscriptions.infrastructure.payments.paypal.amounts import amount, read_amount
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, Refusal, unreadable
from subscriptions.infrastructure.payments.paypal.periods import (
    LONGEST,
    is_trial,
    regular_cycle,
)
from subscriptions.infrastructure.payments.paypal.references import is_id
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

_NAME_LIMIT: Final = 127
_PRODUCT_TEXT_LIMIT: Final = 256
_PLAN_TEXT_LIMIT: Final = 80
"""Maximum number of characters of a description. PayPal accepts 127; the rest is used for the slug."""
_MEMBERSHIPS: Final = "UMBRAL-MEMBERSHIPS"
"""Id of the product for renewing plans. It is in capitals, so that it differs from the products of plans paid once,
named `umbral-…`.
"""
_PAGE: Final = 20
_MOST_PAGES: Final = 50

FAILURES: Final = 3
"""Number of refused charges in a row after which PayPal suspends a subscription automatically. PayPal retries every
five days.
"""


async def ensure_price(wire: Wire, request: PriceRequest) -> str:
    """Return the billing plan with exactly this plan, amount and period, creating it if missing.

    For a plan that is paid once, return the product, because each order states the price.
    """
    body = _plan_body(request)
    if body is None:
        texts = {"name": request.name[:_NAME_LIMIT], **_text(request, _PRODUCT_TEXT_LIMIT)}
        return await _ensure_product(wire, f"umbral-{request.plan}", texts)
    product = await _ensure_product(wire, _MEMBERSHIPS, {"name": "Memberships"})
    node = await _find(wire, product, request)
    if node is None:
        made_node = await wire.post("/v1/billing/plans", {**body, "product_id": product}, request_id=_key(request))
        node = await plan_of(wire, made_node.text("id") or "")
    ref = node.text("id") if node is not None else None
    if node is None or ref is None:
        raise unreadable("billing plan")
    if node.text("status") != "ACTIVE":
        await wire.post(f"/v1/billing/plans/{ref}/activate", {})
    return ref


async def find_fault(wire: Wire, reference: str) -> str | None:
    """Return the reason why PayPal would refuse a subscription to a billing plan; None if it would accept it."""
    if not is_id(reference):
        return None
    plan = await plan_of(wire, reference)
    if plan is None:
        return f"the plan {reference} does not exist"
    status = plan.text("status") or "without a status"
    return f"the plan {reference} is {status}" if status != "ACTIVE" else None


async def plan_of(wire: Wire, ref: str) -> Node | None:
    """Return a billing plan, or None if it does not exist."""
    return await wire.find(f"/v1/billing/plans/{ref}") if is_id(ref) else None


def asks(plan: Node, price: Money, unit: Interval, count: int) -> bool:
    """Return True if a billing plan charges exactly this price and period, without a trial, end, fee or tax."""
    cycles = list(plan.items("billing_cycles"))
    regular = regular_cycle(plan)
    fee = read_amount(plan.at("payment_preferences", "setup_fee"))
    return (
        len(cycles) == 1
        and fixed_price(plan) == price
        and (regular.text("frequency", "interval_unit") or "").lower() == unit
        and (regular.count("frequency", "interval_count") or 1) == count
        and not regular.count("total_cycles")
        and not (fee is not None and fee.minor > 0)
        and not _is_taxed(plan)
    )


def _plan_body(request: PriceRequest) -> dict[str, Any] | None:
    """Return the request body that creates a billing plan, or None for a plan that is paid once. Raises GatewayRejected
    for an unsupported period.
    """
    price = amount(request.amount)
    if not request.recurring or request.interval is None:
        return None
    if request.interval_count > LONGEST[request.interval]:
        problem = f"PayPal charges at most every {LONGEST[request.interval]} {request.interval}s"
        raise GatewayRejected(PROVIDER, problem, code="interval_unsupported")
    cycle = {
        "frequency": {"interval_unit": request.interval.upper(), "interval_count": request.interval_count},
        "tenure_type": "REGULAR",
        "sequence": 1,
        "total_cycles": 0,
        "pricing_scheme": {"fixed_price": price},
    }
    return {
        "name": request.name[:_NAME_LIMIT],
        "status": "ACTIVE",
        "billing_cycles": [cycle],
        "payment_preferences": {"auto_bill_outstanding": True, "payment_failure_threshold": FAILURES},
        "description": f"{request.description.strip()[:_PLAN_TEXT_LIMIT]} {_mark(request)}".strip(),
    }


def _text(request: PriceRequest, limit: int) -> dict[str, str]:
    text = request.description.strip()[:limit]
    return {"description": text} if text else {}


def _key(request: PriceRequest) -> str:
    period = f"{request.interval_count}{request.interval}"
    return f"plan:{request.plan}:{request.amount.minor}:{request.amount.currency}:{period}:{_MEMBERSHIPS}"


def _mark(request: PriceRequest) -> str:
    return f"[{request.plan}]"


def _is_of(request: PriceRequest, description: str) -> bool:
    return description.endswith(_mark(request))


async def _find(wire: Wire, product: str, request: PriceRequest) -> Node | None:
    """Return the billing plan with exactly this plan and price, an active one if there are several; None if there is
    none.
    """
    spare: Node | None = None
    for page in range(1, _MOST_PAGES + 1):
        params = {"product_id": product, "page_size": str(_PAGE), "page": str(page)}
        nodes = list((await wire.get("/v1/billing/plans", params)).items("plans"))
        for entry in nodes:
            if not _is_of(request, entry.text("description") or _mark(request)):
                continue
            plan = await plan_of(wire, entry.text("id") or "")
            if plan is None or request.interval is None:
                continue
            same = _is_of(request, plan.text("description") or "")
            if not same or not asks(plan, request.amount, request.interval, request.interval_count):
                continue
            if plan.text("status") == "ACTIVE":
                return plan
            spare = spare or plan
        if len(nodes) < _PAGE:
            break
    return spare


async def _ensure_product(wire: Wire, ref: str, texts: dict[str, str]) -> str:
    if await wire.find(f"/v1/catalogs/products/{ref}") is not None:
        return ref
    body = {"id": ref, "type": "SERVICE", **texts}
    try:
        node = await wire.post("/v1/catalogs/products", body, request_id=f"product:{ref}")
    except Refusal:
        # Another process may have created the product at the same time.
        if await wire.find(f"/v1/catalogs/products/{ref}") is None:
            raise
        return ref
    return node.text("id") or ref


def fixed_price(plan: Node) -> Money | None:
    """Return the billing plan's price per period; None if the billing plan states no regular price."""
    return read_amount(regular_cycle(plan).at("pricing_scheme", "fixed_price"))


def next_price(subscription: Node) -> Money | None:
    """Return the price of the subscription's next cycle, multiplied by the quantity: the price of a remaining trial
    cycle, or otherwise the regular price.

    None if the billing plan is missing or adds a tax.
    """
    plan, quantity = subscription.at("plan"), subscription.count("quantity")
    executions = subscription.items("billing_info", "cycle_executions")
    trials = {each.count("sequence") for each in executions if is_trial(each) and each.count("cycles_remaining")}
    cycles = [each for each in plan.items("billing_cycles") if is_trial(each) and each.count("sequence") in trials]
    cycle = min(cycles, key=lambda each: each.count("sequence") or 0, default=regular_cycle(plan))
    price = read_amount(cycle.at("pricing_scheme", "fixed_price"))
    if price is None or _is_taxed(plan):
        return None
    return Money(price.minor * (1 if quantity is None else quantity), price.currency)


def _is_taxed(plan: Node) -> bool:
    """Return True if the plan adds a tax to its price."""
    tax = read_amount(Node({"value": plan.text("taxes", "percentage"), "currency_code": "EUR"}))
    return tax is not None and tax.minor > 0 and plan.flag("taxes", "inclusive") is not True
