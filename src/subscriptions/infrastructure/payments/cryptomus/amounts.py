"""Money at Cryptomus: asked for in a currency of the shop, sent in another one, and never computed in fractions."""

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
"""What an invoice may be made out in; the account's services say which of them are open to it."""

_EXACT: Final = Context(prec=120, rounding=ROUND_DOWN)
_LAST_TOLD: Final = Decimal("0.00000001")
"""Amounts of the payer's currency are told to the eighth decimal, and cut there: 20.00 EUR come as 19.9999999."""
_HALF: Final = Decimal("0.5")
_BIGGEST: Final = 2**63 - 1  # what the database's integer can hold


def money(amount: Decimal | None, currency: str | None) -> Money | None:
    """An amount of theirs as ours; None where a part is missing, or it is no whole number of the currency's coins."""
    coins = _coins(amount, currency)
    if coins is None or currency is None or coins != coins.to_integral_value():
        return None
    return Money(int(coins), currency_code(currency))


def asked_amount(invoice: Node) -> Money | None:
    """What an invoice is made out for."""
    return money(invoice.decimal("amount"), invoice.text("currency"))


def arrived_amount(invoice: Node) -> Money | None:
    """What came, in the invoice's currency; None where that is not told.

    `payer_amount` of the payer's currency is what the whole invoice costs, fees and discounts of the provider included,
    and `payment_amount` of the same currency is what came: the same share of the invoice is paid, at the invoice's own
    rate, rounded down to a coin. What is worth a coin but for the decimals that are not told is worth it; less than the
    whole is never the whole. `payment_amount_usd` is rounded at another moment's rate and used for nothing.
    """
    price, sent_amount = invoice.decimal("payer_amount"), invoice.decimal("payment_amount")
    whole = _coins(invoice.decimal("amount"), invoice.text("currency"))
    currency = invoice.text("currency")
    if price is None or sent_amount is None or whole is None or currency is None or price == 0:
        return None
    with localcontext(_EXACT):
        margin = min(whole * _LAST_TOLD / price, _HALF)
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
