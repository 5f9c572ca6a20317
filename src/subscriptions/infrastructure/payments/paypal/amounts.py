"""Conversion of PayPal's amounts: decimal text, without decimals for some currencies that have decimals elsewhere.

Source: developer.paypal.com, "Currency codes".
"""

import re
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import MAX_MINOR, Money, currency_code, exponent
from subscriptions.domain.ports.payment_gateway import GatewayRejected
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER
from subscriptions.infrastructure.providers.reader import Node

_CODES = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD"
CURRENCIES: Final = frozenset(_CODES.split())
"""Currencies that PayPal charges in. An account may support fewer, depending on its country."""

_WHOLE: Final = frozenset(["HUF", "JPY", "TWD"])
_NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,12})(?:\.(?P<rest>[0-9]{1,12}))?\Z")


def value(money: Money) -> str:
    """Convert an amount to PayPal's decimal text. Raises GatewayRejected if PayPal cannot charge the amount exactly."""
    if money.currency not in _WHOLE:
        return money.decimal
    whole, rest = divmod(money.minor, 10 ** exponent(money.currency))
    if rest:
        problem = f"{money} has decimals; PayPal charges whole {money.currency} only"
        raise GatewayRejected(PROVIDER, problem, code="amount_invalid")
    return str(whole)


def charges(money: Money) -> bool:
    """Return True if PayPal can charge the amount exactly."""
    return money.currency not in _WHOLE or money.minor % 10 ** exponent(money.currency) == 0


def amount(money: Money) -> dict[str, str]:
    """Convert an amount to the format of PayPal's newer calls."""
    return {"currency_code": money.currency, "value": value(money)}


def old_amount(money: Money) -> dict[str, str]:
    """Convert an amount to the format of PayPal's older calls, such as the refund of a sale."""
    return {"currency": money.currency, "total": value(money)}


def read_amount(node: Node) -> Money | None:
    """Parse an amount of PayPal in either format. Return None if a part is missing or unknown."""
    text = node.text("value") or node.text("total")
    currency = node.text("currency_code") or node.text("currency")
    match = _NUMBER.match(text or "")
    if match is None or currency is None:
        return None
    try:
        code = currency_code(currency)
    except InvalidInput:
        return None
    # Old events contain amounts such as 822.0160 CZK; the additional decimals must be zero.
    decimals = exponent(code)
    rest = (match["rest"] or "").rstrip("0")
    if len(rest) > decimals:
        return None
    minor = int(match["whole"] + rest.ljust(decimals, "0"))
    if minor > MAX_MINOR:
        return None
    return Money(-minor if match["sign"] else minor, code)


def without_sign(money: Money | None) -> Money | None:
    """Return a refunded amount without its sign, which PayPal does not write consistently; None for a
    missing amount.
    """
    return None if money is None else Money(abs(money.minor), money.currency)
