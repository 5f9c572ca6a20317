"""Closing of a customer's remaining checkouts after a payment. This prevents a second payment, a second trial, and a
subscription of an erased customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, OrderStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import OrderId
from subscriptions.domain.ports.payment_gateway import ExpiresCheckouts, GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CloseCheckouts:
    """Use case that closes a customer's other open checkouts for the same plan at their providers. Idempotent.

    If a provider can't close a checkout, it stays open: a payment there is refunded, or the owners are alerted. A
    subscription that began at a checkout is canceled at the provider if its customer was erased or has already had the
    trial.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry

    async def __call__(self, order_id: OrderId) -> None:
        """Close the customer's other checkouts for the order's plan. Raises gateway errors, so that the job is repeated
        until every provider has responded.
        """
        async with self.units() as uow:
            attempts, surplus = await _to_close(uow, order_id), await _surplus_attempts(uow, order_id)
        for attempt, ref in surplus:
            await self._end(attempt.provider, ref)
        checkout_attempts = [attempt for attempt in attempts if await self._close(attempt)]
        if not checkout_attempts:
            return
        async with self.units() as uow:
            for attempt in checkout_attempts:
                await uow.orders.get(attempt.order_id, lock=True)
                fresh = await uow.orders.attempts(attempt.order_id)
                for checkout_attempt in (item for item in fresh if item.number == attempt.number):
                    checkout_attempt.close()
                    await uow.orders.save_attempt(checkout_attempt)
            await uow.commit()
        log.info("checkouts closed", order=str(order_id), pages=len(checkout_attempts))

    async def _close(self, attempt: CheckoutAttempt) -> bool:
        """Return True if the checkout can no longer be paid, because it was closed or was already used."""
        gateway = self.gateways.get(attempt.provider)
        if attempt.session_ref is None or not isinstance(gateway, ExpiresCheckouts):
            return False
        if not await gateway.expire_checkout(attempt.session_ref):
            log.info("checkout was not open any more", provider=attempt.provider, attempt=attempt.number)
        return True

    async def _end(self, provider: str, ref: str) -> None:
        gateway = self.gateways.get(provider)
        if gateway is None:
            raise RetryLater(f"provider {provider} is not configured in this process")
        await gateway.cancel_subscription(ref, at_period_end=False)
        log.warning("what began at a page and is nobody's was ended", provider=provider, subscription=ref)


async def _surplus_attempts(uow: UnitOfWork, order_id: OrderId) -> Sequence[tuple[CheckoutAttempt, str]]:
    """Return the checkouts at which a provider subscription began without a payment and without being stored. For an
    erased customer, include those with a payment.
    """
    order = await uow.orders.get(order_id)
    customer = await uow.customers.get(order.customer_id) if order is not None else None
    if customer is None or (not customer.is_forgotten and await uow.payments.of_order(order_id)):
        return []
    begun_attempts = [(item, item.subscription_ref) for item in await uow.orders.attempts(order_id)]
    return [
        (item, ref)
        for item, ref in begun_attempts
        if ref is not None and await uow.subscriptions.by_provider_ref(item.provider, ref) is None
    ]


async def _to_close(uow: UnitOfWork, order_id: OrderId) -> Sequence[CheckoutAttempt]:
    """Return the checkouts to close. A checkout of an order opened later belongs to a separate
    purchase and stays open.
    """
    order = await uow.orders.get(order_id)
    if order is None:
        return []
    attempts = []
    for attempt in await uow.orders.open_attempts(order.customer_id, order.plan_id, for_another=order.for_another):
        other = await uow.orders.get(attempt.order_id)
        mine = attempt.order_id == order.id
        if attempt.status is AttemptStatus.OPEN and (mine or (other and other.status is not OrderStatus.OPEN)):
            attempts.append(attempt)
    return attempts
