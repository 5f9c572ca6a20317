"""Policy for partial payments: their sum, and the order that they count towards."""

from collections.abc import Iterable

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.money import Money
from subscriptions.domain.services import payment_policy


def received_sum(parts: Iterable[Payment], currency: str) -> Money:
    """Return the sum of the partial payments in one currency. Payments in other currencies are ignored."""
    return sum((part.amount for part in parts if part.amount.currency == currency), Money(0, currency))


def rest_of(price: Money, parts: Iterable[Payment]) -> Money:
    """Return the unpaid amount of `price`. Return the full price if the payments are in another currency or already
    cover the price.
    """
    rest = price - received_sum(parts, price.currency)
    return rest if rest.minor > 0 else price


def covers(price: Money, parts: Iterable[Payment], last_amount: Money) -> bool:
    """Return True if the last payment is less than the price but covers it together with the earlier partial payments.
    Return False for a last payment in another currency.
    """
    if last_amount.currency != price.currency or not last_amount < price:
        return False
    return not received_sum(parts, price.currency) + last_amount < price


def home_of(order: Order, live: Subscription | None, other: Order | None, *, went_over: bool = False) -> Order | None:
    """Return the order that a partial payment counts towards: the order for which the payment was made, or the
    customer's newer order at the same price.

    live: the customer's subscription to the plan
    went_over: True if that subscription was switched from another plan

    Return None if the customer already has the plan apart from this order, the order is paid or canceled, or the newer
    order has another price.
    """
    is_separate = live is not None and not payment_policy.extends(order, live, renews=False, went_over=went_over)
    if is_separate or order.status in {OrderStatus.PAID, OrderStatus.CANCELED}:
        return None
    if other is None:
        return order
    return other if other.price == order.price else None
