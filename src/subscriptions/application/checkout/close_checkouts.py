"""Once something was paid, the other pages that lead to a payment for it are closed: nobody is to pay twice, for a
trial that began twice, or for what began for somebody who was forgotten.
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
    """Closes at the providers what is still open for the customer and plan of an order; repeating it changes nothing.

    A provider that cannot close a page leaves it open: who pays there is given the money back, or a person is told.
    What began at a page and is nobody's ends there: its customer was forgotten since, or has that trial already.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry

    async def __call__(self, order_id: OrderId) -> None:
        """Raises gateway errors: the job runs again until every provider has answered."""
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
        """Whether nobody will pay there: it was closed, or has served already."""
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
    """What began without money and is no subscription of ours; of somebody forgotten also what money came for."""
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
    """An order that was opened since then is another purchase, and stays as it is."""
    order = await uow.orders.get(order_id)
    if order is None:
        return []
    attempts = []
    for attempt in await uow.orders.open_attempts(order.customer_id, order.plan_id, gift=order.gift):
        other = await uow.orders.get(attempt.order_id)
        mine = attempt.order_id == order.id
        if attempt.status is AttemptStatus.OPEN and (mine or (other and other.status is not OrderStatus.OPEN)):
            attempts.append(attempt)
    return attempts
