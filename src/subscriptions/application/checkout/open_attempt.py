"""Which checkout of an order the customer is led to: one that is there and asks the right sum, or a new one."""

from datetime import datetime

from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments import part_payments
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import part_policy, pricing


class OpenAttempt:
    """Finds or makes attempts inside the caller's unit of work; the order's row is locked by then."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def __call__(
        self, uow: UnitOfWork, order: Order, provider: str, price: Money, now: datetime, *, renews: bool
    ) -> CheckoutAttempt:
        """price: what the provider charges for the plan now. A link that asks anything else is offered no more.

        Where part of it came before, the rest is asked for; not where it `renews`: each period would cost only that.
        """
        parts = [] if renews else await part_payments.waiting(uow, order.id)
        asked = part_policy.rest_of(price, parts)
        attempts = await uow.orders.attempts(order.id)
        for attempt in attempts:
            repeatable = attempt.status is AttemptStatus.CREATING and now < attempt.expires_at
            mine = attempt.provider == provider and pricing.asked_by(attempt, order) == asked
            if mine and (attempt.usable(now) or repeatable):
                return attempt
        number = max((attempt.number for attempt in attempts), default=0) + 1
        attempt = CheckoutAttempt(
            order_id=order.id,
            number=number,
            provider=provider,
            amount=asked,
            price=price,
            created_at=now,
            expires_at=now + self._policy.checkout_lifetime,
        )
        if number > 1:
            order.expires_at = max(order.expires_at, attempt.expires_at)
            await uow.orders.save(order)
        await uow.orders.save_attempt(attempt)
        return attempt
