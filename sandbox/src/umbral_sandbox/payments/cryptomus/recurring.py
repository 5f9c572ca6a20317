"""Recurrences of Cryptomus: accepted once by the payer, then charged automatically as time passes. Each charge is a
payment with its own uuid.
"""

import calendar
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.cryptomus import invoices, paying, shapes
from umbral_sandbox.payments.cryptomus.account import Account
from umbral_sandbox.payments.cryptomus.ask import Ask
from umbral_sandbox.payments.cryptomus.errors import invalid, not_found
from umbral_sandbox.payments.cryptomus.rates import COINS, USUAL_COIN, known, price
from umbral_sandbox.payments.cryptomus.records import JsonObject, Period, Recurrence
from umbral_sandbox.payments.cryptomus.rules import Given

DAY_S: Final = 86_400
#: Number of days on which a failing charge is attempted; after the last the plan ends as if canceled by the payer.
PATIENCE: Final = 3
_MONTHS: Final = {"monthly": 1, "three_month": 3}
_PERIODS: Final[dict[str, Period]] = {"weekly": "weekly", "monthly": "monthly", "three_month": "three_month"}


def create(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/recurrence/create``. A known order id returns its recurrence."""
    given = ask.given
    order_id = given.text("order_id")
    existing = account.recurrence_called(order_id) if order_id is not None else None
    if existing is not None:
        return drawn(account, existing)
    if order_id is not None and account.invoice_called(order_id) is not None:
        raise invalid(order_id="unique")
    currency, coin = _currencies(given)
    stamp = account.stamp()
    made = Recurrence(
        **stamp,
        order_id=order_id,
        name=given.needed("name"),
        amount=given.needed("amount"),
        currency=currency,
        coin=coin,
        period=_PERIODS[given.needed("period")],
        url=f"{ask.base}/pay/cryptomus/{stamp['id']}",
        url_callback=given.text("url_callback"),
        discount_days=given.number("discount_days"),
        discount_amount=given.text("discount_amount"),
    )
    account.recurrences.put(made.id, made)
    return drawn(account, made)


def _currencies(given: Given) -> tuple[str, str]:
    currency = given.needed("currency").upper()
    if not known(currency):
        raise invalid(currency="in")
    coin = given.text("to_currency") or (currency if currency in COINS else USUAL_COIN)
    if coin not in COINS:
        raise invalid(to_currency="in")
    return currency, coin


def info(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/recurrence/info``."""
    return drawn(account, _find(account, ask.given))


def listing(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/recurrence/list``: return recurrences, newest first."""
    return invoices.page([drawn(account, each) for each in reversed(account.recurrences_in_order())], ask.cursor, 8)


def cancel(account: Account, ask: Ask) -> JsonValue:
    """Handle ``POST /v1/recurrence/cancel``; a canceled recurrence stays unchanged."""
    found = _find(account, ask.given)
    end(account, found, by_user=False)
    return drawn(account, found)


def _find(account: Account, given: Given) -> Recurrence:
    order_id, key = given.text("order_id"), given.text("uuid")
    found = (
        account.recurrence_called(order_id) if order_id is not None else account.recurrences.get((key or "").lower())
    )
    if found is None:
        raise not_found("Recurrence")
    return found


def drawn(account: Account, each: Recurrence) -> JsonObject:
    """Return the recurrence in its wire format."""
    world = account.ids.world
    coins = Decimal(each.amount) / price(world, each.coin, each.currency)
    return shapes.recurrence(each, coins, coins * price(world, each.coin, "USD"))


def accept(account: Account, each: Recurrence) -> None:
    """Accept the recurrence, as the payer, with the first charge."""
    if each.status != "wait_accept":
        raise CannotPay(f"the recurrence is {each.status}")
    each.status, each.anchor, each.next_at = "active", account.now(), account.now()
    charge(account, each)


def charge(account: Account, each: Recurrence) -> None:
    """Charge the due amount now."""
    if each.anchor is None:
        raise CannotPay("the recurrence was not accepted")
    due = _due(account, each)
    if due > 0:
        base = each.url.partition("/pay/")[0]
        made = invoices.new_invoice(account, each.order_id, f"{due:f}", each.currency, each.coin, base)
        made.url_callback, made.recurrence = each.url_callback, each.id
        account.keep(made)
        if each.failing:
            _missed(account, each)
            paying.fail(account, made)
            return
        paying.pay(account, made)
        each.last_pay = account.now()
    each.charged, each.failures = each.charged + 1, 0
    each.next_at = after(each.anchor, each.period, each.charged)
    account.recurrences.put(each.id, each)


def _due(account: Account, each: Recurrence) -> Decimal:
    whole = Decimal(each.amount)
    if each.anchor is None or not each.discount_days or each.discount_amount is None:
        return whole
    discounted = account.now() < each.anchor + each.discount_days * DAY_S
    return whole - Decimal(each.discount_amount) if discounted else whole


def _missed(account: Account, each: Recurrence) -> None:
    each.failures += 1
    each.next_at = account.now() + DAY_S
    if each.failures > PATIENCE:
        end(account, each, by_user=True)
    account.recurrences.put(each.id, each)


def end(account: Account, each: Recurrence, *, by_user: bool) -> None:
    """End the charges. No webhook is sent, so a merchant has to fetch the status."""
    if each.status in {"wait_accept", "active"}:
        each.status, each.next_at = ("cancel_by_user" if by_user else "cancel_by_merchant"), None
        account.recurrences.put(each.id, each)


def after(anchor: int, period: Period, times: int) -> int:
    """Return ``anchor`` plus this number of periods. Months keep the day in the provider's zone; a shorter month uses
    its last day.
    """
    begun = datetime.fromtimestamp(anchor, shapes.MOSCOW)
    if period == "weekly":
        return int((begun + timedelta(weeks=times)).timestamp())
    years, month = divmod(begun.year * 12 + begun.month - 1 + _MONTHS[period] * times, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return int(begun.replace(year=years, month=month + 1, day=min(begun.day, last)).timestamp())
