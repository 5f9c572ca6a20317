"""Price of a plan by payment method, and the amount that a received payment is compared with."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from subscriptions.domain.entities.order import CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent

_AGREED_BEFORE: Final = timedelta(minutes=1)
"""Tolerance after the expiry of a checkout: a customer who agrees just before the expiry is charged slightly later."""

OwnPrices = Mapping[str, Money]
"""Prices of a plan by method, for methods that have their own price."""


def price_by(plan: ServicePlan, method: str, own: OwnPrices) -> Money:
    """Return the full price of the plan for a payment method."""
    return own.get(method, plan.price)


def attempt_of(event: PaymentEvent, attempts: Sequence[CheckoutAttempt]) -> CheckoutAttempt | None:
    """Return the checkout attempt that an event's money belongs to. If the event does not name its checkout, return the
    provider's newest attempt of this amount, or else the provider's newest attempt. Return None if there is no attempt
    at this provider.
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
    """Return the amount that the checkout requested, or the order's price if no checkout or amount is known."""
    return attempt.amount if attempt is not None and attempt.amount is not None else order.price


def full_price(attempt: CheckoutAttempt | None, order: Order) -> Money:
    """Return the full price of the order for the method; for a renewing plan, the price per period."""
    return attempt.price if attempt is not None and attempt.price is not None else order.price


def period_price(attempt: CheckoutAttempt | None, order: Order) -> Money:
    """Return the price of each period after the first one."""
    return attempt.later if attempt is not None and attempt.later is not None else full_price(attempt, order)


def came_late(event: PaymentEvent, order: Order, attempt: CheckoutAttempt | None) -> bool:
    """Return True if the order is unpaid and the money was captured after both the order and its checkout had expired.

    At a provider that requests the payer's approval before each charge, this means that the customer had not agreed to
    the charge in time. Return False for a renewal, which is charged without an approval.
    """
    if event.is_renewal or attempt is None or attempt.session_ref is None or attempt.session_ref != event.checkout_ref:
        return False
    deadline = max(attempt.expires_at, order.expires_at) + _AGREED_BEFORE
    return order.status is not OrderStatus.PAID and event.occurred_at > deadline
