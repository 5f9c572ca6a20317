"""Products, one per plan, and price objects, one per plan, amount and period. They are created once and found again by
name.
"""

import stripe
from stripe.params import CouponCreateParams, PriceCreateParams, ProductCreateParams

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, GatewayRejected, PriceRequest
from subscriptions.infrastructure.payments.stripe.amounts import to_provider
from subscriptions.infrastructure.payments.stripe.errors import EXISTS_CODE, MISSING_CODE, PROVIDER, translate_errors
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain, plain_list
from subscriptions.infrastructure.providers.reader import Node


async def ensure_price(wire: Wire, request: PriceRequest) -> str:
    """Return the price object with exactly this plan, amount and period, creating it if missing."""
    try:
        amount = to_provider(request.amount)
    except InvalidInput as error:
        raise GatewayRejected(PROVIDER, error.problem, code="amount_invalid") from None
    params = _price_params(request, amount)
    async with translate_errors():
        product = await _ensure_product(wire, request)
        price = await _find(wire, params)
        if price is not None and wire.automatic_tax and price.text("tax_behavior") != "inclusive":
            price = await _include_tax(wire, price)
        if price is None:
            price = await _make(wire, {**params, "product": product, "transfer_lookup_key": True})
        elif price.flag("active") is False:
            price = await _reactivate(wire, price)
    return price.text("id") or ""


async def find_fault(wire: Wire, reference: str) -> str | None:
    """Return the reason why Stripe would refuse a checkout with this price; None if it would accept the checkout."""
    async with translate_errors():
        try:
            price = plain(await wire.client.v1.prices.retrieve_async(reference), "price")
        except stripe.InvalidRequestError as error:
            if error.code == MISSING_CODE:
                return f"the price {reference} does not exist"
            raise
        product_ref = price.text("product") or ""
        product = await _product(wire, product_ref)
    if price.flag("active") is False:
        return f"the price {reference} is archived"
    return f"the product {product_ref} is archived" if product is None or product.flag("active") is False else None


def lookup_key(request: PriceRequest, amount: int) -> str:
    """Return the lookup key of a price object, which contains everything that must match."""
    period = f"{request.interval_count}{request.interval}" if request.recurring and request.interval else "once"
    return f"umbral:{request.plan}:{amount}:{request.amount.currency.lower()}:{period}"


def _price_params(request: PriceRequest, amount: int) -> PriceCreateParams:
    params: PriceCreateParams = {
        "currency": request.amount.currency.lower(),
        "unit_amount": amount,
        "lookup_key": lookup_key(request, amount),
        # The displayed price includes tax.
        "tax_behavior": "inclusive",
        "metadata": {"plan": request.plan},
    }
    if request.recurring and request.interval is not None:
        params["recurring"] = {"interval": request.interval.value, "interval_count": request.interval_count}
    return params


async def _find(wire: Wire, params: PriceCreateParams) -> Node | None:
    """Return the price object with this lookup key; None if there is none or the object no longer matches, because
    someone may have moved the key manually.
    """
    answer = await wire.client.v1.prices.list_async({"lookup_keys": [params["lookup_key"]], "limit": 1})
    interval = params.get("recurring")
    for price in plain_list(answer, "list of prices"):
        same_period = price.text("recurring", "interval") == (
            interval["interval"] if interval else None
        ) and price.number("recurring", "interval_count") == (interval.get("interval_count") if interval else None)
        same_amount = price.number("unit_amount") == params["unit_amount"]
        if same_period and same_amount and price.text("currency") == params["currency"]:
            return price if price.text("id") else None
    return None


async def _make(wire: Wire, params: PriceCreateParams) -> Node:
    try:
        return plain(await wire.client.v1.prices.create_async(params), "price")
    except stripe.InvalidRequestError:
        # Another process may have created the price object at the same time.
        node = await _find(wire, params)
        if node is None:
            raise
        return node


async def _include_tax(wire: Wire, price: Node) -> Node | None:
    """Set the tax behavior of an older price object, which is possible once. Return None for a price object that
    excludes tax.
    """
    if price.text("tax_behavior") == "exclusive":
        return None
    changed_price = await wire.client.v1.prices.update_async(price.text("id") or "", {"tax_behavior": "inclusive"})
    return plain(changed_price, "price")


async def _reactivate(wire: Wire, price: Node) -> Node:
    return plain(await wire.client.v1.prices.update_async(price.text("id") or "", {"active": True}), "price")


async def _ensure_product(wire: Wire, request: PriceRequest) -> str:
    ref = f"umbral_{request.plan}"
    node = await _product(wire, ref)
    if node is None:
        return await _make_product(wire, ref, request)
    if node.text("name") != request.name or node.flag("active") is False:
        await wire.client.v1.products.update_async(ref, {"name": request.name, "active": True})
    return ref


async def _product(wire: Wire, ref: str) -> Node | None:
    try:
        return plain(await wire.client.v1.products.retrieve_async(ref), "product")
    except stripe.InvalidRequestError as error:
        if error.code == MISSING_CODE:
            return None
        raise


async def _make_product(wire: Wire, ref: str, request: PriceRequest) -> str:
    params: ProductCreateParams = {"id": ref, "name": request.name, "metadata": {"plan": request.plan}}
    if request.description.strip():
        params["description"] = request.description.strip()
    try:
        return plain(await wire.client.v1.products.create_async(params), "product").text("id") or ref
    except stripe.InvalidRequestError:
        if await _product(wire, ref) is None:
            raise
        return ref


def coupon_for(request: CheckoutRequest) -> CouponCreateParams | None:
    """Return the coupon that reduces only the first period: a fixed amount off one invoice; None if the first period is
    not reduced. Checkouts with the same reduction share a coupon.
    """
    if request.later is None:
        return None
    less, currency = to_provider(request.later - request.amount), request.amount.currency.lower()
    return {"id": f"umbral-once-{less}-{currency}", "amount_off": less, "currency": currency, "duration": "once"}


async def ensure_coupon(wire: Wire, coupon: CouponCreateParams) -> None:
    """Create the coupon if it does not exist."""
    try:
        await wire.client.v1.coupons.create_async(coupon)
    except stripe.InvalidRequestError as error:
        if error.code != EXISTS_CODE:
            raise
