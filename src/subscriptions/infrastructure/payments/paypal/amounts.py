"""Money as PayPal writes it: decimal text, without decimals for a few currencies that have some elsewhere.

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
"""What PayPal charges in; the account of a country may offer less."""

_WHOLE: Final = frozenset(["HUF", "JPY", "TWD"])
_NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,12})(?:\.(?P<rest>[0-9]{1,12}))?\Z")


def value(money: Money) -> str:
    """The amount as PayPal wants it. Raises GatewayRejected for one it cannot charge exactly."""
    if money.currency not in _WHOLE:
        return money.decimal
    whole, rest = divmod(money.minor, 10 ** exponent(money.currency))
    if rest:
        problem = f"{money} has decimals; PayPal charges whole {money.currency} only"
        raise GatewayRejected(PROVIDER, problem, code="amount_invalid")
    return str(whole)


def charges(money: Money) -> bool:
    """Whether it can be charged exactly."""
    return money.currency not in _WHOLE or money.minor % 10 ** exponent(money.currency) == 0


def amount(money: Money) -> dict[str, str]:
    """An amount as the newer calls take it."""
    return {"currency_code": money.currency, "value": value(money)}


def old_amount(money: Money) -> dict[str, str]:
    """An amount as the calls of version 1 take it."""
    return {"currency": money.currency, "total": value(money)}


def read_amount(node: Node) -> Money | None:
    """An amount of theirs as ours, in either shape; None where a part is missing or it is none we know."""
    text = node.text("value") or node.text("total")
    currency = node.text("currency_code") or node.text("currency")
    match = _NUMBER.match(text or "")
    if match is None or currency is None:
        return None
    try:
        code = currency_code(currency)
    except InvalidInput:
        return None
    # Old events write 822.0160 CZK; what is cut off must be nothing.
    places = exponent(code)
    rest = (match["rest"] or "").rstrip("0")
    if len(rest) > places:
        return None
    minor = int(match["whole"] + rest.ljust(places, "0"))
    if minor > MAX_MINOR:
        return None
    return Money(-minor if match["sign"] else minor, code)


def without_sign(money: Money | None) -> Money | None:
    """Money that went back, whichever way it is signed."""
    return None if money is None else Money(abs(money.minor), money.currency)
