"""Sums of an order that is paid in parts."""

from collections.abc import Iterable

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.money import Money


def received(parts: Iterable[Payment], currency: str) -> Money:
    """What the parts make together, of one currency: there is no adding up of different ones."""
    return sum((part.amount for part in parts if part.amount.currency == currency), Money(0, currency))


def rest_of(price: Money, parts: Iterable[Payment]) -> Money:
    """What is still to be paid of `price`; all of it where the parts are of another currency, or are no less."""
    left = price - received(parts, price.currency)
    return left if left.minor > 0 else price


def covers(price: Money, parts: Iterable[Payment], last: Money) -> bool:
    """Whether the parts and what came last, for which the order counts as paid, make up the price only together."""
    if last.currency != price.currency or not last < price:
        return False
    return not received(parts, price.currency) + last < price
