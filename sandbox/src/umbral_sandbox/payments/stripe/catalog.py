"""Handlers of the Stripe API's operations on products, prices and coupons."""

from decimal import Decimal
from typing import Final, Literal, get_args

from umbral_sandbox.payments.stripe import tax
from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.errors import StripeError, missing_parameter
from umbral_sandbox.payments.stripe.records import Coupon, JsonObject, Price, Product
from umbral_sandbox.payments.stripe.shapes import catalog as shapes

Interval = Literal["day", "week", "month", "year"]
#: Longest permitted interval: three years.
_MOST: Final[dict[Interval, int]] = {"day": 1095, "week": 156, "month": 36, "year": 3}
_ECHOED = ["description", "images", "shippable", "statement_descriptor", "tax_code", "unit_label", "url", "type"]


def create_product(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/products``."""
    return shapes.product(new_product(account, ask.given))


def new_product(account: Account, given: Given, active: bool = True) -> Product:
    """Create a product from ``name`` and other parameters. Raises StripeError for an id that is already in use. active:
    default of the parameter ``active``.
    """
    own_id = given.text("id")
    if own_id is not None and own_id in account.products:
        raise StripeError("Product already exists.", code="resource_already_exists", param="id")
    product = Product(
        **account.stamp("prod", own_id),
        name=given.text("name") or "",
        updated=account.now(),
        active=active if given.flag("active") is None else bool(given.flag("active")),
        metadata=given.pairs({}),
        extra=given.only(_ECHOED),
    )
    return account.products.put(product.id, product)


def update_product(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/products/{id}``."""
    product, given = account.product(ask.id), ask.given
    default = given.text("default_price")
    if default is not None:
        found(account.prices, default, "price", "default_price", 400)
        product.default_price = default
    product.name = given.text("name") or product.name
    active = given.flag("active")
    product.active = product.active if active is None else active
    product.metadata = given.pairs(product.metadata)
    product.extra |= given.only(_ECHOED)
    product.updated = account.now()
    return shapes.product(account.products.put(product.id, product))


def create_price(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/prices``."""
    given = ask.given
    if ("product" in given) == ("product_data" in given):
        if "product" in given:
            raise StripeError("You may only specify one of these parameters: product, product_data.")
        raise missing_parameter("product")
    amount = unit_amount(given)
    recurrence(given.tree("recurring"), "recurring")
    _check_lookup_key(account, given, None)
    product = given.text("product")
    if product is not None:
        found(account.products, product, "product", "product", 400)
    else:
        product = new_product(account, given.tree("product_data")).id
    price = new_price(account, given, product, amount)
    _take_lookup_key(account, given, price)
    return shapes.price(price)


def create_coupon(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/coupons``: create an amount off a single invoice, or off each invoice of a subscription."""
    given = ask.given
    own_id = given.text("id")
    if own_id is not None and own_id in account.coupons:
        raise StripeError("Coupon already exists.", code="resource_already_exists", param="id")
    coupon = Coupon(
        **account.stamp("coupon", own_id),
        name=given.text("name"),
        amount_off=given.number("amount_off") or 0,
        currency=currency(given.text("currency") or "", "currency"),
        duration="forever" if given.text("duration") == "forever" else "once",
    )
    return shapes.coupon(account.coupons.put(coupon.id, coupon))


def new_price(account: Account, given: Given, product: str, amount: int, active: bool = True) -> Price:
    """Create a price of a product."""
    interval, count = recurrence(given.tree("recurring"), "recurring")
    price = Price(
        **account.stamp("price"),
        product=product,
        currency=currency(given.text("currency") or "", "currency"),
        unit_amount=amount,
        interval=interval,
        interval_count=count,
        active=active if given.flag("active") is None else bool(given.flag("active")),
        nickname=given.text("nickname"),
        tax_behavior=given.text("tax_behavior") or "unspecified",
        metadata=given.pairs({}),
    )
    return account.prices.put(price.id, price)


def update_price(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/prices/{id}``: change a price; its amount is immutable."""
    price, given = account.price(ask.id), ask.given
    _check_lookup_key(account, given, price)
    active = given.flag("active")
    price.active = price.active if active is None else active
    if "nickname" in given:
        price.nickname = given.text("nickname")
    tax.check_change(price, given.text("tax_behavior"))
    price.tax_behavior = given.text("tax_behavior") or price.tax_behavior
    price.metadata = given.pairs(price.metadata)
    if "lookup_key" in given:
        price.lookup_key = None
        _take_lookup_key(account, given, price)
    return shapes.price(account.prices.put(price.id, price))


def currency(code: str, path: str) -> str:
    """Return a currency code in lower case. Raises StripeError if the text is not three letters. path: name of the
    parameter, for the error.
    """
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise StripeError(f"Invalid currency: {code}", param=path)
    return code.lower()


def unit_amount(given: Given, path: str = "") -> int:
    """Return the amount in minor units. The request must contain either `unit_amount` or `unit_amount_decimal`."""
    where = f"{path}[unit_amount]" if path else "unit_amount"
    whole, text = given.number("unit_amount"), given.text("unit_amount_decimal")
    if whole is not None and text is not None:
        raise StripeError(
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal.", param=where
        )
    if text is not None:
        number = Decimal(text)
        if number != int(number) or number < 0:
            raise StripeError("The sandbox does not act out fractions of a minor unit.", param=where)
        return int(number)
    if whole is None:
        raise missing_parameter(where)
    return whole


def recurrence(given: Given, path: str) -> tuple[Interval | None, int]:
    """Return interval and count; (None, 1) for a price that is paid once."""
    if not given.values:
        return None, 1
    if given.text("usage_type") == "metered":
        raise StripeError("The sandbox does not act out metered prices.", param=f"{path}[usage_type]")
    interval = next(each for each in get_args(Interval) if each == given.text("interval"))
    count = given.number("interval_count") or 1
    if count > _MOST[interval]:
        raise StripeError("The interval_count must be less than or equal to 3 years", param=f"{path}[interval_count]")
    return interval, count


def _holder(account: Account, key: str) -> Price | None:
    return next((each for each in account.prices.values() if each.lookup_key == key), None)


def _check_lookup_key(account: Account, given: Given, price: Price | None) -> None:
    key = given.text("lookup_key")
    holder = _holder(account, key) if key is not None else None
    if holder is not None and holder is not price and not given.flag("transfer_lookup_key"):
        raise StripeError(f"A price (`{holder.id}`) already uses that lookup key.", param="lookup_key")


def _take_lookup_key(account: Account, given: Given, price: Price) -> None:
    key = given.text("lookup_key")
    if key is None:
        return
    holder = _holder(account, key)
    if holder is not None and holder is not price:
        holder.lookup_key = None
        account.prices.put(holder.id, holder)
    price.lookup_key = key
    account.prices.put(price.id, price)
