"""Conversion of Cryptomus' amounts. An invoice is in the shop's currency and is paid in another; no floats are used."""

from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation, localcontext
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money, currency_code, exponent
from subscriptions.infrastructure.providers.reader import Node

_CODES = """
    AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GEL GHS HKD HUF IDR ILS INR JPY KES KRW KWD
    KZT LKR MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN RON RUB SAR SEK SGD THB TRY TWD UAH USD UYU UZS VND ZAR
"""
CURRENCIES: Final = frozenset(_CODES.split())
"""Currencies of invoices. An account supports only the currencies in its list of services."""

_EXACT: Final = Context(prec=120, rounding=ROUND_DOWN)
_SMALLEST_REPORTED: Final = Decimal("0.00000001")
"""Precision of amounts in the payer's currency. The provider truncates amounts after the eighth decimal: 20.00 EUR are
reported as 19.9999999.
"""
_HALF: Final = Decimal("0.5")
_BIGGEST: Final = 2**63 - 1  # Maximum value of the database's integer.


def money(amount: Decimal | None, currency: str | None) -> Money | None:
    """Convert an amount of the provider. Return None if the amount or currency is missing, or the amount has fractions
    of a minor unit.
    """
    coins = _coins(amount, currency)
    if coins is None or currency is None or coins != coins.to_integral_value():
        return None
    return Money(int(coins), currency_code(currency))


def asked_amount(invoice: Node) -> Money | None:
    """Return the amount that an invoice asks for; None if the invoice states no valid amount."""
    return money(invoice.decimal("amount"), invoice.text("currency"))


def arrived_amount(invoice: Node) -> Money | None:
    """Return the received amount in the invoice's currency, or None if the provider does not report it.

    `payer_amount` is the price of the whole invoice in the payer's currency, including the provider's fees and
    discounts. `payment_amount` is the received amount in the same currency. Their ratio is the received share of the
    invoice, at the invoice's own rate, and is rounded down to a minor unit. An amount that misses a minor unit only
    because of decimals that were not reported counts in full, but an amount below the price never counts as the price.
    `payment_amount_usd` is not used, because it is rounded at the rate of another time.
    """
    price, sent_amount = invoice.decimal("payer_amount"), invoice.decimal("payment_amount")
    whole = _coins(invoice.decimal("amount"), invoice.text("currency"))
    currency = invoice.text("currency")
    if price is None or sent_amount is None or whole is None or currency is None or price == 0:
        return None
    with localcontext(_EXACT):
        margin = min(whole * _SMALLEST_REPORTED / price, _HALF)
        coins = (whole * sent_amount / price + margin).to_integral_value(rounding=ROUND_DOWN)
    if sent_amount < price:
        coins = min(coins, max(whole - 1, Decimal(0)))
    return Money(int(coins), currency_code(currency)) if coins <= _BIGGEST else None


def _coins(amount: Decimal | None, currency: str | None) -> Decimal | None:
    if amount is None or currency is None:
        return None
    try:
        with localcontext(_EXACT):
            scaled_amount = amount.scaleb(exponent(currency_code(currency)))
    except (InvalidInput, InvalidOperation):
        return None
    return scaled_amount if scaled_amount <= _BIGGEST else None
