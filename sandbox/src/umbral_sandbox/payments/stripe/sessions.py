"""Handlers of the Stripe API's operations on checkout sessions: creation, retrieval and expiry."""

from typing import Final, Literal
from urllib.parse import urlsplit

from umbral_sandbox.payments.stripe import catalog, tax
from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.errors import StripeError, missing_parameter
from umbral_sandbox.payments.stripe.events import emit
from umbral_sandbox.payments.stripe.parameters.checkout import ECHOED
from umbral_sandbox.payments.stripe.records import Coupon, JsonObject, Line, Price, Session
from umbral_sandbox.payments.stripe.shapes import checkout as shapes

Mode = Literal["payment", "subscription"]
_HALF_HOUR: Final = 30 * 60
_DAY: Final = 24 * 60 * 60
_TWO_DAYS: Final = 2 * _DAY


def create_session(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/checkout/sessions``."""
    given = ask.given
    mode: Mode = "payment" if given.text("mode") == "payment" else "subscription"
    _check_mode(given, mode)
    success_url = _check_url(given, "success_url")
    if success_url is None:
        raise missing_parameter("success_url")
    cancel_url = _check_url(given, "cancel_url")
    expires_at = _expiry(account, given)
    customer = _customer(account, given)
    tax.check_customer(given, customer)
    lines, money, amount = _lines(account, given, mode)
    data = given.tree("payment_intent_data" if mode == "payment" else "subscription_data")
    trial_end = _trial_end(account, data)
    coupon = _coupon(account, given, mode, money, trial=trial_end is not None or "trial_period_days" in data)
    discount = min(coupon.amount_off, amount) if coupon is not None else 0
    stamp = account.stamp("cs_test")
    session = Session(
        **stamp,
        mode=mode,
        url=f"{ask.origin}/pay/stripe/{stamp['id']}",
        expires_at=expires_at,
        currency=money,
        amount_total=0 if trial_end or data.number("trial_period_days") else amount - discount,
        coupon=coupon.id if coupon is not None else None,
        discount=discount,
        lines=lines,
        success_url=success_url,
        cancel_url=cancel_url,
        customer=customer,
        customer_email=given.text("customer_email"),
        client_reference_id=given.text("client_reference_id"),
        locale=given.text("locale"),
        metadata=given.pairs({}),
        purchase_metadata=data.pairs({}),
        purchase_description=data.text("description"),
        trial_days=data.number("trial_period_days"),
        trial_end=trial_end,
        automatic_tax=tax.wanted(given),
        extra=given.only([*ECHOED]),
    )
    return shapes.session(account, account.sessions.put(session.id, session))


def expire_session(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/checkout/sessions/{id}/expire``: expire an open session."""
    session = found(account.sessions, ask.id, "checkout.session", "session")
    if session.status != "open":
        raise StripeError(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f"status of {session.status}.",
        )
    expire(account, session)
    return shapes.session(account, session)


def expire(account: Account, session: Session) -> None:
    """Expire an open session."""
    session.status = "expired"
    account.sessions.put(session.id, session)
    emit(account, "checkout.session.expired", shapes.session(account, session))


def retrieve_session(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/checkout/sessions/{id}``."""
    return shapes.session(account, found(account.sessions, ask.id, "checkout.session", "session"))


def _check_mode(given: Given, mode: Mode) -> None:
    other = "subscription_data" if mode == "payment" else "payment_intent_data"
    if other in given:
        raise StripeError(f"You can not pass `{other}` in `{mode}` mode.", param=other)
    if mode == "subscription" and "customer_creation" in given:
        raise StripeError(
            "`customer_creation` can only be used in `payment` and `setup` mode.", param="customer_creation"
        )
    if mode == "payment" and "payment_method_collection" in given:
        raise StripeError(
            "You can only set `payment_method_collection` if there are recurring prices.",
            param="payment_method_collection",
        )
    if "currency" in given:
        raise StripeError("You can not pass `currency` outside of `setup` mode here.", param="currency")


def _check_url(given: Given, name: str) -> str | None:
    url = given.text(name)
    if url is None:
        return None
    parts = urlsplit(url)
    # Placeholders in braces are allowed, and so are other schemes (tg://).
    if not parts.scheme or not parts.netloc or any(each.isspace() for each in url):
        raise StripeError("Not a valid URL", code="url_invalid", param=name)
    return url


def _expiry(account: Account, given: Given) -> int:
    now, wanted = account.now(), given.number("expires_at")
    if wanted is None:
        return now + _DAY
    if wanted < now + _HALF_HOUR:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if wanted > now + _DAY:
        raise StripeError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return wanted


def _customer(account: Account, given: Given) -> str | None:
    customer = given.text("customer")
    if customer is None:
        return None
    if "customer_email" in given:
        raise StripeError("You may only specify one of these parameters: customer, customer_email.")
    return found(account.customers, customer, "customer", "customer", 400).id


def _coupon(account: Account, given: Given, mode: Mode, money: str, *, trial: bool) -> Coupon | None:
    wanted = next(iter(given.trees("discounts")), None)
    if wanted is None:
        return None
    if mode != "subscription" or trial:
        raise StripeError("The sandbox acts out coupons on the first invoice of a subscription, without a trial.")
    coupon = found(account.coupons, wanted.text("coupon") or "", "coupon", "discounts[0][coupon]", 400)
    if coupon.currency != money:
        raise StripeError(f"The coupon's currency, {coupon.currency}, is not the session's.", param="discounts")
    return coupon


def _trial_end(account: Account, data: Given) -> int | None:
    wanted = data.number("trial_end")
    if wanted is None:
        return None
    if "trial_period_days" in data:
        raise StripeError("You may only specify one of these parameters: trial_end, trial_period_days.")
    if wanted < account.now() + _TWO_DAYS:
        raise StripeError(
            "The `trial_end` date has to be at least 2 days in the future.",
            param="subscription_data[trial_end]",
        )
    return wanted


def _lines(account: Account, given: Given, mode: Mode) -> tuple[list[Line], str, int]:
    """Return the lines, their currency and their sum; create nothing unless all lines are valid."""
    wanted = given.trees("line_items")
    if not wanted:
        raise missing_parameter("line_items")
    checked = [_check_line(account, each, f"line_items[{index}]") for index, each in enumerate(wanted)]
    _check_together(checked, mode)
    if tax.wanted(given):
        for each, (price, *_) in zip(wanted, checked, strict=True):
            inline = each.tree("price_data").text("tax_behavior") or "unspecified"
            tax.check_behavior(price.tax_behavior if price else inline, price.id if price else "`price_data`")
    lines: list[Line] = []
    for each, (price, amount, _, _) in zip(wanted, checked, strict=True):
        made = price or _inline_price(account, each.tree("price_data"), amount)
        lines.append(Line(id=account.ids.new("li"), price=made.id, quantity=each.number("quantity") or 1))
    total = sum(amount * line.quantity for (_, amount, _, _), line in zip(checked, lines, strict=True))
    if mode == "payment" and 0 < total < 50 and checked[0][2] in {"eur", "usd"}:
        raise StripeError(
            "The Checkout Session's total amount due must add up to at least 0.50.", code="amount_too_small"
        )
    return lines, checked[0][2], total


_Checked = tuple[Price | None, int, str, tuple[catalog.Interval | None, int]]


def _check_line(account: Account, line: Given, path: str) -> _Checked:
    if ("price" in line) == ("price_data" in line):
        raise StripeError("You must specify either `price` or `price_data` when creating a line item.", param=path)
    if "quantity" not in line:
        raise StripeError(f"Quantity is required. Add `quantity` to `{path}`", param=path)
    key = line.text("price")
    if key is None:
        data, where = line.tree("price_data"), f"{path}[price_data]"
        if ("product" in data) == ("product_data" in data):
            raise StripeError("You must specify either `product` or `product_data`.", param=where)
        if "product" in data:
            found(account.products, data.text("product") or "", "product", f"{where}[product]", 400)
        recurrence = catalog.recurrence(data.tree("recurring"), f"{where}[recurring]")
        money = catalog.currency(data.text("currency") or "", f"{where}[currency]")
        return None, catalog.unit_amount(data, where), money, recurrence
    price = found(account.prices, key, "price", f"{path}[price]", 400)
    if not price.active:
        raise StripeError(
            "The price specified is inactive. This field only accepts active prices.", param=f"{path}[price]"
        )
    return price, price.unit_amount, price.currency, (price.interval, price.interval_count)


def _check_together(checked: list[_Checked], mode: Mode) -> None:
    recurring = {each[3] for each in checked if each[3][0] is not None}
    if mode == "payment" and recurring:
        raise StripeError(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode "
            "or use only one-time prices.",
            param="mode",
        )
    if mode == "subscription" and not recurring:
        raise StripeError(
            "You must provide at least one recurring price in `subscription` mode when using prices.",
            param="mode",
        )
    if mode == "subscription" and any(each[3][0] is None for each in checked):
        raise StripeError("The sandbox does not act out one-time prices beside recurring ones.")
    if len(recurring) > 1:
        raise StripeError("Checkout does not support multiple prices with different billing intervals.")
    currencies = sorted({each[2] for each in checked})
    if len(currencies) > 1:
        raise StripeError(
            "All line items must have the same currency; you passed " + ", ".join(currencies) + ".",
            param="line_items",
        )


def _inline_price(account: Account, data: Given, amount: int) -> Price:
    product = data.text("product")
    if product is None:
        product = catalog.new_product(account, data.tree("product_data"), active=False).id
    return catalog.new_price(account, data, product, amount, active=False)
