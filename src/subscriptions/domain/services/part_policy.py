"""An order that is paid in parts: their sums, and what they are kept for."""

from collections.abc import Iterable

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.money import Money
from subscriptions.domain.services import payment_policy


def received_sum(parts: Iterable[Payment], currency: str) -> Money:
    """What the parts make together, of one currency: there is no adding up of different ones."""
    return sum((part.amount for part in parts if part.amount.currency == currency), Money(0, currency))


def rest_of(price: Money, parts: Iterable[Payment]) -> Money:
    """What is still to be paid of `price`; all of it where the parts are of another currency, or are no less."""
    rest = price - received_sum(parts, price.currency)
    return rest if rest.minor > 0 else price


def covers(price: Money, parts: Iterable[Payment], last_amount: Money) -> bool:
    """Whether the parts and what came last, for which the order counts as paid, make up the price only together."""
    if last_amount.currency != price.currency or not last_amount < price:
        return False
    return not received_sum(parts, price.currency) + last_amount < price


def home_of(order: Order, live: Subscription | None, other: Order | None, *, went_over: bool = False) -> Order | None:
    """The order that a part may be kept for: its own, or the one that its customer has begun since, of the same price.

    live: what the customer has of the plan; went_over: it came from another one. None: what it was for was had
    otherwise, or is not sold so any more.
    """
    is_separate = live is not None and not payment_policy.extends(order, live, renews=False, went_over=went_over)
    if is_separate or order.status in {OrderStatus.PAID, OrderStatus.CANCELED}:
        return None
    if other is None:
        return order
    return other if other.price == order.price else None
