"""Choice of an order's checkout: an existing one with the right amount, or a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments import part_payments
from subscriptions.domain.entities.discount_code import Deal
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import DiscountCodeId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import part_policy, pricing


@dataclass(frozen=True, kw_only=True)
class _Terms:
    price: Money
    amount: Money
    discount_code_id: DiscountCodeId | None = None
    discount: Money | None = None
    later_price: Money | None = None


@dataclass(frozen=True)
class OpenAttempt:
    """Service that finds or creates checkouts in the caller's unit of work. The order's row must be locked."""

    policy: Policy

    async def __call__(
        self,
        uow: UnitOfWork,
        order: Order,
        provider: str,
        price: Money,
        now: datetime,
        *,
        renews: bool,
        deal: Deal | None = None,
    ) -> CheckoutAttempt:
        """Return a checkout for the order.

        price: the provider's current price of the plan; an existing checkout with another amount is not reused
        deal: effect of a discount code on the price
        renews: True if the purchase renews automatically

        After partial payments, only the remaining amount is charged. A purchase that renews is charged in full, because
        otherwise every period would cost only the remaining amount.
        """
        parts = [] if renews else await part_payments.waiting_parts(uow, order.id)
        attempts = await uow.orders.attempts(order.id)
        terms = _begun_terms(attempts, provider, price, parts) if parts else _agreed_terms(price, deal)
        for attempt in attempts:
            repeatable = attempt.status is AttemptStatus.CREATING and now < attempt.expires_at
            mine = attempt.provider == provider and pricing.asked_by(attempt, order) == terms.amount
            if mine and attempt.later == terms.later_price and (attempt.usable(now) or repeatable):
                if attempt.discount_code_id != terms.discount_code_id:
                    attempt.discount_code_id, attempt.discount = terms.discount_code_id, terms.discount
                    await uow.orders.save_attempt(attempt)
                return attempt
        number = max((attempt.number for attempt in attempts), default=0) + 1
        attempt = CheckoutAttempt(
            order_id=order.id,
            number=number,
            provider=provider,
            amount=terms.amount,
            price=terms.price,
            discount_code_id=terms.discount_code_id,
            discount=terms.discount,
            later=terms.later_price,
            created_at=now,
            expires_at=now + self.policy.checkout_lifetime,
        )
        if number > 1:
            order.expires_at = max(order.expires_at, attempt.expires_at)
            await uow.orders.save(order)
        await uow.orders.save_attempt(attempt)
        return attempt


def _agreed_terms(price: Money, deal: Deal | None) -> _Terms:
    if deal is None:
        return _Terms(price=price, amount=price)
    return _Terms(
        price=deal.amount_due,
        amount=deal.amount_due,
        discount_code_id=deal.discount_code.id,
        discount=deal.price - deal.amount_due,
        later_price=deal.later_price if deal.first_only else None,
    )


def _begun_terms(attempts: Sequence[CheckoutAttempt], provider: str, price: Money, parts: Sequence[Payment]) -> _Terms:
    """Return the price, discount and remaining amount of an order with partial payments. The discount code of the
    order's last checkout still applies; no other code does. The price by a payment method is that of the order's last
    checkout by this method, even if the method's price has changed since.
    """
    checkout_attempts = [item for item in attempts if item.price is not None and item.price.currency == price.currency]
    last_attempt = (
        checkout_attempts[-1] if checkout_attempts and checkout_attempts[-1].discount_code_id is not None else None
    )
    if last_attempt is None or last_attempt.price is None:
        agreed_prices = [
            item.price for item in checkout_attempts if item.provider == provider and item.price is not None
        ]
        agreed_price = agreed_prices[-1] if agreed_prices else price
        return _Terms(price=agreed_price, amount=part_policy.rest_of(agreed_price, parts))
    asked_amount = part_policy.rest_of(last_attempt.price, parts)
    return _Terms(
        price=last_attempt.price,
        amount=asked_amount,
        discount_code_id=last_attempt.discount_code_id,
        discount=last_attempt.discount,
    )
