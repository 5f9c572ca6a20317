"""Handlers of the Cryptomus API's operations on invoices, such as creation, look-up, listing and refunds."""

import base64
import binascii
from datetime import datetime
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.cryptomus import paying, shapes
from umbral_sandbox.payments.cryptomus.account import Account
from umbral_sandbox.payments.cryptomus.ask import Ask
from umbral_sandbox.payments.cryptomus.errors import CryptomusError, invalid, not_found
from umbral_sandbox.payments.cryptomus.hooks import notify, send
from umbral_sandbox.payments.cryptomus.rates import COINS, USUAL_COIN, eight, known, price
from umbral_sandbox.payments.cryptomus.records import Invoice, JsonObject
from umbral_sandbox.payments.cryptomus.rules import Given

LIFETIME_S: Final = 3600
_RESENT: Final = frozenset({"paid", "paid_over", "wrong_amount"})


def create(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/payment``. A known order id returns its invoice unchanged, even if the invoice is paid, expired
    or of another amount.
    """
    given = ask.given
    order_id, currency = given.needed("order_id"), given.needed("currency").upper()
    if account.recurrence_called(order_id) is not None:
        raise invalid(order_id="unique")
    existing = account.invoice_called(order_id)
    if existing is not None:
        if given.flag("is_refresh", default=False) and existing.status == "cancel":
            _refresh(account, existing, given)
        return shapes.invoice(existing)
    if not known(currency):
        raise invalid(currency="in")
    made = new_invoice(account, order_id, given.needed("amount"), currency, _coin(given), ask.base)
    made.expires_at = made.created + (given.number("lifetime") or LIFETIME_S)
    made.network = given.text("network") or made.network
    made.chosen = given.text("to_currency") is not None and given.text("network") is not None
    made.url_callback, made.url_return = given.text("url_callback"), given.text("url_return")
    made.url_success, made.additional_data = given.text("url_success"), given.text("additional_data")
    made.multiple = given.flag("is_payment_multiple", default=True)
    made.accuracy = given.text("accuracy_payment_percent") or "0"
    account.keep(made)
    return shapes.invoice(made)


def new_invoice(account: Account, order_id: str | None, amount: str, currency: str, coin: str, base: str) -> Invoice:
    """Create an invoice whose page was not opened yet, with its price in coins fixed now."""
    stamp, rate = account.stamp(), price(account.ids.world, coin, currency)
    network = COINS[coin][1][0]
    return Invoice(
        **stamp,
        order_id=order_id,
        amount=amount,
        currency=currency,
        coin=coin,
        network=network,
        address=account.ids.address(network),
        payer_amount=eight(Decimal(amount) / rate),
        rate=eight(rate),
        usd_rate=eight(price(account.ids.world, coin, "USD")),
        expires_at=stamp["created"] + LIFETIME_S,
        updated=stamp["created"],
        url=f"{base}/pay/cryptomus/{stamp['id']}",
    )


def _coin(given: Given) -> str:
    coin = given.text("to_currency")
    currency = given.needed("currency").upper()
    if coin is None:
        coin = currency if currency in COINS else USUAL_COIN
    if coin not in COINS:
        raise invalid(to_currency="in")
    network = given.text("network")
    if network is not None and network not in COINS[coin][1]:
        raise CryptomusError("The service was not found")
    return coin


def _refresh(account: Account, invoice: Invoice, given: Given) -> None:
    invoice.status, invoice.address = "check", account.ids.address(invoice.network)
    invoice.expires_at = account.now() + (given.number("lifetime") or LIFETIME_S)
    account.keep(invoice)


def info(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/payment/info``."""
    return shapes.invoice(find(account, ask.given))


def find(account: Account, given: Given) -> Invoice:
    """Return the named invoice; the order id takes precedence over the uuid."""
    order_id, txid = given.text("order_id"), given.text("txid")
    if order_id is not None:
        found = account.invoice_called(order_id)
    elif (key := given.text("uuid")) is not None:
        found = account.invoices.get(key.lower())
    else:
        sent = (each for each in account.invoices.values() if any(one.txid == txid for one in each.arrivals))
        found = next(sent, None)
    if found is None:
        raise not_found("Payment")
    return found


def resend(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/payment/resend``: send the last webhook again, for invoices that were paid in whole or in
    part.
    """
    found = find(account, ask.given)
    if found.url_callback is None:
        raise CryptomusError("Url callback is empty")
    if found.status not in _RESENT:
        raise CryptomusError("The payment is not finalized")
    notify(account, found)
    return []


def refund(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/payment/refund``: refund the whole payment."""
    found = find(account, ask.given)
    try:
        paying.refund(account, found)
    except CannotPay as error:
        raise CryptomusError("Payment can not be refunded") from error
    return []


def test_webhook(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/test-webhook/payment``: send a webhook about an invoice that need not exist, and store
    nothing.
    """
    given = ask.given
    currency = given.needed("currency").upper()
    if not known(currency):
        raise invalid(currency="in")
    known_one = _named(account, given)
    made = known_one or new_invoice(account, given.text("order_id"), "10.00", currency, USUAL_COIN, ask.base)
    told = shapes.webhook(made) | {"status": given.text("status") or "paid", "network": given.text("network")}
    told |= {"uuid": given.text("uuid") or told["uuid"], "is_final": True}
    send(account, given.text("url_callback"), told)
    return []


def _named(account: Account, given: Given) -> Invoice | None:
    key, order_id = given.text("uuid"), given.text("order_id")
    by_uuid = account.invoices.get(key.lower()) if key is not None else None
    return by_uuid or (account.invoice_called(order_id) if order_id is not None else None)


def services(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/payment/services``: return the accepted coins."""
    return [
        {
            "network": network,
            "currency": coin,
            "is_available": True,
            "limit": {"min_amount": "0.00000100", "max_amount": "10000000.00000000"},
            "commission": {"fee_amount": "0.00", "percent": "2.00"},
        }
        for coin, (_, networks) in COINS.items()
        for network in networks
    ]


def listing(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/payment/list``: return invoices, newest first."""
    since, until = _seconds(ask.given, "date_from"), _seconds(ask.given, "date_to")
    chosen = [
        each
        for each in reversed(account.invoices_in_order())
        if (since is None or each.created >= since) and (until is None or each.created <= until)
    ]
    return page([shapes.invoice(each) for each in chosen], ask.cursor, 15)


def page(drawn: list[JsonObject], cursor: str | None, size: int) -> JsonObject:
    """Return one page of a list."""
    start = _offset(cursor)
    shown: list[JsonValue] = [*drawn[start : start + size]]
    return {
        "merchant_uuid": None,
        "items": shown,
        "paginate": {
            "count": len(shown),
            "hasPages": len(drawn) > size,
            "nextCursor": _cursor(start + size) if start + size < len(drawn) else None,
            "previousCursor": _cursor(max(start - size, 0)) if start > 0 else None,
            "perPage": size,
        },
    }


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f'{{"offset":{offset}}}'.encode()).decode()


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid(cursor="string") from error
    digits = "".join(each for each in text if each.isdigit())
    return int(digits or "0")


def _seconds(given: Given, name: str) -> int | None:
    text = given.text(name)
    if text is None:
        return None
    try:
        told = datetime.strptime(f"{text} +0300", "%Y-%m-%d %H:%M:%S %z")
    except ValueError as error:
        raise invalid(**{name: "date_format"}) from error
    return int(told.timestamp())
