"""Simulated prices of coins: fixed for a world, slightly different for each seed, exact to the eighth decimal."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from umbral_sandbox.world.ids import Ids

#: Approximate value of one unit of a currency in dollars.
_USD: Final = {
    "USD": "1",
    "EUR": "1.0842",
    "GBP": "1.2715",
    "CHF": "1.1236",
    "MXN": "0.0581",
    "ARS": "0.00101",
    "BRL": "0.1794",
    "CLP": "0.00105",
    "COP": "0.00024",
    "PEN": "0.2667",
    "UYU": "0.0239",
    "JPY": "0.0066",
    "KWD": "3.2541",
    "PLN": "0.2488",
    "RUB": "0.0104",
    "TRY": "0.0291",
    "UAH": "0.0241",
}
#: Approximate value of coins in dollars, and their networks, the default one first.
COINS: Final = {
    "USDT": ("1", ("tron", "bsc", "eth", "polygon", "ton")),
    "USDC": ("1", ("eth", "polygon", "bsc")),
    "BTC": ("97250", ("btc",)),
    "ETH": ("3412", ("eth",)),
    "TRX": ("0.2041", ("tron",)),
    "LTC": ("91.4", ("ltc",)),
    "TON": ("5.38", ("ton",)),
}
USUAL_COIN: Final = "USDT"
_EIGHT: Final = Decimal("0.00000001")


def known(currency: str) -> bool:
    """Return True if an invoice can be in this currency."""
    return currency in _USD or currency in COINS


def eight(value: Decimal) -> str:
    """Format a number with eight decimals, the usual form of coins."""
    return f"{value.quantize(_EIGHT, ROUND_HALF_UP):f}"


def price(ids: Ids, coin: str, currency: str) -> Decimal:
    """Return the price of one coin in ``currency``."""
    if coin == currency:
        return Decimal(1)
    exact = Decimal(COINS[coin][0]) / Decimal(_USD[currency] if currency in _USD else COINS[currency][0])
    sway = Decimal(ids.derive("cryptomus/rate", coin, currency) % 1001 - 500) / Decimal(1_000_000)
    return Decimal(eight(exact * (1 + sway)))
