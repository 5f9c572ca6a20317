"""A product per plan and a billing plan per amount and period, made once and found again by what they ask."""

from typing import Any, Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    PriceRequest,
)
from subscriptions.infrastructure.payments.paypal.amounts import amount, read_amount
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, Refused, unreadable
from subscriptions.infrastructure.payments.paypal.periods import (
    LONGEST,
    regular_cycle,
)
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_id
from subscriptions.infrastructure.payments.paypal.wire import Wire

_NAME_LIMIT: Final = 127
_PRODUCT_TEXT_LIMIT: Final = 256
_PLAN_TEXT_LIMIT: Final = 127
_PAGE: Final = 20
_MOST_PAGES: Final = 50

FAILURES: Final = 3
"""After so many refused charges in a row PayPal suspends by itself; it tries every five days."""


async def ensure_price(wire: Wire, request: PriceRequest) -> str:
    """The billing plan for exactly this plan, amount and period; the product of one that is paid once, which is priced
    by each order.
    """
    body = _plan_body(request)
    product = await _ensure_product(wire, request)
    if body is None:
        return product
    known = await _find(wire, product, request)
    if known is None:
        made = await wire.post("/v1/billing/plans", {**body, "product_id": product}, request_id=_key(product, request))
        known = await plan_of(wire, made.text("id") or "")
    ref = known.text("id") if known is not None else None
    if known is None or ref is None:
        raise unreadable("billing plan")
    if known.text("status") != "ACTIVE":
        await wire.post(f"/v1/billing/plans/{ref}/activate", {})
    return ref


async def plan_of(wire: Wire, ref: str) -> Node | None:
    """A billing plan; None where there is no such."""
    return await _existing(wire, f"/v1/billing/plans/{ref}") if is_id(ref) else None


def asks(plan: Node, price: Money, unit: Interval, count: int) -> bool:
    """Whether a billing plan charges just this, this often, from the first day on and for good, with nothing on top."""
    cycles = list(plan.items("billing_cycles"))
    regular = regular_cycle(plan)
    fee = read_amount(plan.at("payment_preferences", "setup_fee"))
    tax = read_amount(Node({"value": plan.text("taxes", "percentage"), "currency_code": "EUR"}))
    taxed = tax is not None and tax.minor > 0 and plan.flag("taxes", "inclusive") is not True
    return (
        len(cycles) == 1
        and fixed_price(plan) == price
        and (regular.text("frequency", "interval_unit") or "").lower() == unit
        and (regular.number("frequency", "interval_count") or 1) == count
        and not regular.number("total_cycles")
        and not (fee is not None and fee.minor > 0)
        and not taxed
    )


def _plan_body(request: PriceRequest) -> dict[str, Any] | None:
    """None for a plan that is paid once. Raises GatewayRejected for what PayPal cannot charge."""
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
        **_text(request, _PLAN_TEXT_LIMIT),
    }


def _text(request: PriceRequest, limit: int) -> dict[str, str]:
    text = request.description.strip()[:limit]
    return {"description": text} if text else {}


def _key(product: str, request: PriceRequest) -> str:
    period = f"{request.interval_count}{request.interval}"
    return f"plan:{product}:{request.amount.minor}:{request.amount.currency}:{period}"


async def _find(wire: Wire, product: str, request: PriceRequest) -> Node | None:
    """The billing plan that asks just this; one that is switched off only where no other does."""
    spare: Node | None = None
    for page in range(1, _MOST_PAGES + 1):
        params = {"product_id": product, "page_size": str(_PAGE), "page": str(page)}
        listed = list((await wire.get("/v1/billing/plans", params)).items("plans"))
        for entry in listed:
            plan = await plan_of(wire, entry.text("id") or "")
            if plan is None or request.interval is None:
                continue
            if not asks(plan, request.amount, request.interval, request.interval_count):
                continue
            if plan.text("status") == "ACTIVE":
                return plan
            spare = spare or plan
        if len(listed) < _PAGE:
            break
    return spare


async def _ensure_product(wire: Wire, request: PriceRequest) -> str:
    ref = f"umbral-{request.plan}"
    if await _existing(wire, f"/v1/catalogs/products/{ref}") is not None:
        return ref
    body = {"id": ref, "name": request.name[:_NAME_LIMIT], "type": "SERVICE", **_text(request, _PRODUCT_TEXT_LIMIT)}
    try:
        made = await wire.post("/v1/catalogs/products", body, request_id=f"product:{ref}")
    except Refused:
        # Another process may have made it in the meantime.
        if await _existing(wire, f"/v1/catalogs/products/{ref}") is None:
            raise
        return ref
    return made.text("id") or ref


async def _existing(wire: Wire, path: str) -> Node | None:
    try:
        return await wire.get(path)
    except Refused as error:
        if error.status == 404:
            return None
        raise


def fixed_price(plan: Node) -> Money | None:
    """What the plan asks each period."""
    return read_amount(regular_cycle(plan).at("pricing_scheme", "fixed_price"))
