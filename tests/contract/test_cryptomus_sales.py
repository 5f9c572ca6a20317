"""Purchases at the sandbox's Cryptomus, applied by the use cases with in-memory repositories."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio

from subscriptions.application import routing
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.infrastructure.payments.cryptomus import CAPABILITIES, CURRENCIES
from subscriptions.infrastructure.payments.cryptomus.gateway import CryptomusGateway
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.shop import Holding
from tests.fakes.shop import Shop as Product
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.cryptomus_till import Shop as Till
from tests.support.cryptomus_till import running_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE = Money(1600, "USD")
MONTH = timedelta(days=28)


class Listed(CryptomusGateway):
    """Cryptomus gateway with the attribute that the in-memory registry reads instead of a descriptor."""

    currencies = CURRENCIES


@dataclass
class Sale:
    """A customer, a plan, the product and the provider's sandbox."""

    till: Till
    product: Product
    ana: Customer
    plan: ServicePlan

    async def checkout(self) -> CheckoutView:
        """Open a checkout as the bot does."""
        return await self.product.start(self.ana.telegram_id, self.plan.soft_id, "cryptomus")

    async def pay(self, button: str, raw_type: str) -> None:
        """Press a button of the payment page, and deliver the resulting webhook twice."""
        url = (await self.checkout()).url
        await self.till.press_at(url, button)
        await self.deliver(url, raw_type)
        await self.deliver(url, raw_type)

    async def deliver(self, url: str, raw_type: str) -> None:
        """Deliver the webhook of a payment page to the product."""
        (event, *_) = await self.till.verified_events(url.rsplit("/", 1)[1], raw_type)
        await self.product.apply(await self.product.store(event))

    async def held(self) -> Holding:
        """Return the customer's subscriptions, payments, channel and access of the plan."""
        return await self.product.holding(self.ana, self.plan)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def till() -> AsyncIterator[Till]:
    """Run one merchant for all tests, without recurring payments."""
    async with running_shop() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def sale(till: Till) -> AsyncIterator[Sale]:
    """Build a shop in memory with a monthly plan."""
    memory = Memory()
    product = Product(lambda: MemoryUnitOfWork(memory, routing.jobs_for), memory=memory, clock=ManualClock(till.now()))
    gateway = Listed(till.settings, product.clock, CAPABILITIES - till.settings.without)
    product.gateways.gateways = {"cryptomus": gateway}
    yield Sale(till, product, await product.customer(), await product.plan(price=PRICE))
    await gateway.aclose()


async def test_payment_for_a_second_period_extends_the_subscription(sale: Sale) -> None:
    await sale.pay("pay", "payment:paid")
    first = (await sale.held()).subscription
    assert (first.status, first.provider_ref) == (SubscriptionStatus.ACTIVE, None)
    sale.product.clock.advance(timedelta(minutes=1))
    await sale.pay("pay", "payment:paid")
    held = await sale.held()
    assert held.subscription.id == first.id
    assert [payment.amount for payment in held.payments] == [PRICE, PRICE]
    assert first.access_until is not None
    assert held.subscription.access_until is not None
    assert held.subscription.access_until - first.access_until >= MONTH


async def test_underpayment_is_applied_and_only_the_remaining_amount_is_due(sale: Sale) -> None:
    await sale.pay("under", "payment:wrong_amount")
    assert (await sale.held()).subscriptions == []
    (waiting,) = (await sale.product.status(sale.ana.telegram_id)).open_orders
    assert (waiting.price, waiting.received_amount) == (Money(320, "USD"), Money(1280, "USD"))
    await sale.pay("pay", "payment:paid")
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert sorted(payment.amount.minor for payment in held.payments) == [320, 1280]


async def test_overpayment_gives_access_and_is_recorded(sale: Sale) -> None:
    await sale.pay("over", "payment:paid_over")
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert (held.payment.amount, held.payment.excess) == (Money(1760, "USD"), Money(160, "USD"))


async def test_refunded_payment_ends_the_subscription(sale: Sale) -> None:
    await sale.pay("pay", "payment:paid")
    ref = (await sale.held()).payment.payment_key
    await sale.till.control("POST", f"payments/cryptomus/{ref}/refund")
    (event, *_) = await sale.till.verified_events(ref, "payment:refund_paid")
    await sale.product.apply(await sale.product.store(event))
    held = await sale.held()
    assert held.payment.status is PaymentStatus.REFUNDED
    assert held.subscription.status is SubscriptionStatus.EXPIRED


@pytest.mark.parametrize(("button", "raw_type"), [("decline", "payment:fail"), ("expire", "payment:cancel")])
async def test_unpaid_invoice_gives_no_access(sale: Sale, button: str, raw_type: str) -> None:
    await sale.pay(button, raw_type)
    held = await sale.held()
    assert (held.subscriptions, held.payments) == ([], [])
