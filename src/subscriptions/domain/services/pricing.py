"""What a plan costs by one way to pay, and what an event's money is held against."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from subscriptions.domain.entities.order import CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent

_AGREED_BEFORE: Final = timedelta(minutes=1)
"""How long after it was agreed to a charge may be made."""

OwnPrices = Mapping[str, Money]
"""What some methods charge for a plan instead of the plan's own price, by their codes."""


def price_by(plan: ServicePlan, method: str, own: OwnPrices) -> Money:
    """What `method` charges for the plan in full."""
    return own.get(method, plan.price)


def attempt_of(event: PaymentEvent, attempts: Sequence[CheckoutAttempt]) -> CheckoutAttempt | None:
    """The attempt an event's money belongs to: by its checkout; where it names none, the provider's newest that asked
    for just this much, else the newest. None: nothing was asked for there.
    """
    mine = [attempt for attempt in attempts if attempt.provider == event.provider]
    if event.checkout_ref is not None:
        checkout_attempts = [attempt for attempt in mine if attempt.session_ref == event.checkout_ref]
        mine = checkout_attempts or mine
    newest = sorted(mine, key=lambda attempt: attempt.number, reverse=True)
    money = event.regular or event.amount
    return next((attempt for attempt in newest if money is not None and attempt.amount == money), None) or next(
        iter(newest), None
    )


def asked_by(attempt: CheckoutAttempt | None, order: Order) -> Money:
    """What was asked for there."""
    return attempt.amount if attempt is not None and attempt.amount is not None else order.price


def full_price(attempt: CheckoutAttempt | None, order: Order) -> Money:
    """What the method charges for the order in full, each period of a plan that renews."""
    return attempt.price if attempt is not None and attempt.price is not None else order.price


def period_price(attempt: CheckoutAttempt | None, order: Order) -> Money:
    """What each period after the one that is paid there costs."""
    return attempt.later if attempt is not None and attempt.later is not None else full_price(attempt, order)


def came_late(event: PaymentEvent, order: Order, attempt: CheckoutAttempt | None) -> bool:
    """Whether the time of an order that nobody paid, and of this link, was over when the money was taken: of a provider
    that asks before it charges, that is nothing anybody agreed to. Renewals are charged without asking.
    """
    if event.is_renewal or attempt is None or attempt.session_ref is None or attempt.session_ref != event.checkout_ref:
        return False
    deadline = max(attempt.expires_at, order.expires_at) + _AGREED_BEFORE
    return order.status is not OrderStatus.PAID and event.occurred_at > deadline
