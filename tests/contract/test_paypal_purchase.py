"""The use cases with the sandbox's PayPal as provider: purchases, cancellations, renewals and reversals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from subscriptions.application import routing
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import PausedMessage
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, PriceRequest, ProviderStatus
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.shop import Holding, Shop
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.paypal_till import Till, open_till

BOUGHT = ("BILLING.SUBSCRIPTION.ACTIVATED", "PAYMENT.SALE.COMPLETED")


class WorldClock(ManualClock):
    """Clock of the sandbox, which all parts of the shop use."""

    def __init__(self, till: Till) -> None:
        super().__init__()
        self._world = till.shop.world

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return self._world.clock.now()

    async def confirm(self) -> datetime:
        """Return the sandbox's time."""
        return self.now()


@dataclass
class Counter:
    """Shop that sells by PayPal only, and one customer."""

    till: Till
    shop: Shop
    ana: Customer
    plan: ServicePlan

    async def buy(self) -> str:
        """Open a checkout, approve it at PayPal, and return the checkout's id."""
        before = {each["id"] for each in await self._checkouts()}
        await self.shop.start(self.ana.telegram_id, self.plan.soft_id)
        (made,) = {each["id"] for each in await self._checkouts()} - before
        await self.till.shop.control("POST", f"checkouts/{made}/pay")
        return str(made)

    async def apply_webhooks(self, *kinds: str, index: int = 0) -> None:
        """Apply the webhooks of the given types, as the worker does. index: position of the webhook among those of its
        type.
        """
        for kind in kinds:
            await self.shop.deliver(await self.till.reported(kind, index))

    async def holds(self) -> Holding:
        """Return the customer's subscriptions, payments, channel and access of the plan."""
        return await self.shop.holding(self.ana, self.plan)

    async def _checkouts(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = (await self.till.shop.control("GET", "checkouts"))["checkouts"]
        return found


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with open_till() as till:
        yield await opened(till)


async def opened(till: Till) -> Counter:
    """Build a shop with a monthly plan that has a billing plan at PayPal."""
    memory = Memory()
    shop = Shop(lambda: MemoryUnitOfWork(memory, routing.jobs_for), memory=memory, clock=WorldClock(till))
    shop.gateways.gateways = {"paypal": till.gateway}
    ana = await shop.customer()
    plan = await shop.plan(interval=Interval.MONTH)
    await priced(shop, till, plan)
    return Counter(till, shop, ana, plan)


async def priced(shop: Shop, till: Till, plan: ServicePlan) -> None:
    """Create the plan's price object at PayPal, as `umbral plans sync` does."""
    request = PriceRequest(
        plan=plan.soft_id,
        name=plan.name,
        description=plan.description,
        amount=plan.price,
        recurring=plan.recurring,
        interval=plan.interval,
        interval_count=plan.interval_count,
    )
    ref = await till.gateway.ensure_price(request)
    async with shop.units() as uow:
        await uow.plans.save_price(PlanPaymentPrice(plan_id=plan.id, provider="paypal", external_price_id=ref))
        await uow.commit()


@pytest.mark.parametrize("order", list(permutations(BOUGHT)), ids=["activated first", "sale first"])
async def test_purchase_is_applied_once_in_any_sequence_of_webhooks(order: tuple[str, ...]) -> None:
    async with open_till() as till:
        counter = await opened(till)
        ref = await counter.buy()
        await counter.apply_webhooks(*order)
        await counter.shop.deliver(*await till.gateway.fetch_payments(ref, datetime.fromtimestamp(0, UTC)))
        bought, found = await counter.holds(), await till.fetched(ref)
        assert (bought.subscription.status, bought.subscription.provider_ref) == (SubscriptionStatus.ACTIVE, ref)
        assert bought.payment.flag is None
        assert bought.subscription.access_until == found.current_period_end


async def test_subscription_resumed_after_a_cancellation_can_be_canceled_again_and_expires(counter: Counter) -> None:
    ref = await counter.buy()
    await counter.apply_webhooks(*BOUGHT)
    person, plan = counter.ana.telegram_id, counter.plan.soft_id
    until = (await counter.holds()).subscription.access_until
    canceled = await counter.shop.cancel(person, plan)
    assert (canceled.status, canceled.access_until) == (SubscriptionStatus.CANCELED, until)
    await counter.apply_webhooks("BILLING.SUBSCRIPTION.SUSPENDED")
    assert (await counter.holds()).subscription.status is SubscriptionStatus.CANCELED
    kept = await counter.shop.undo(person, plan)
    assert (kept.status, kept.access_until) == (SubscriptionStatus.ACTIVE, until)
    await counter.apply_webhooks("BILLING.SUBSCRIPTION.RE-ACTIVATED")
    assert (await counter.holds()).subscription.status is SubscriptionStatus.ACTIVE
    await counter.shop.cancel(person, plan)
    await counter.till.shop.advance(days=20)
    await counter.shop.check(kept.id)
    assert (await counter.holds()).subscription.status is SubscriptionStatus.CANCELED
    await counter.till.shop.advance(days=15)
    await counter.shop.check(kept.id)
    over = (await counter.holds()).subscription
    assert (over.status, over.access_until) == (SubscriptionStatus.EXPIRED, until)
    assert (await counter.till.fetched(ref)).status is ProviderStatus.ENDED
    assert len((await counter.holds()).payments) == 1


async def test_subscription_renews_and_recovers_from_a_failed_charge(counter: Counter) -> None:
    ref = await counter.buy()
    await counter.apply_webhooks(*BOUGHT)
    first = (await counter.holds()).subscription.access_until
    assert first is not None
    await counter.till.shop.advance(days=32)
    await counter.apply_webhooks("PAYMENT.SALE.COMPLETED", index=1)
    second = (await counter.holds()).subscription.access_until
    assert second is not None
    assert timedelta(days=28) <= second - first <= timedelta(days=31)
    await counter.till.shop.act(ref, "fail_payment")
    await counter.till.shop.advance(days=31)
    await counter.apply_webhooks("BILLING.SUBSCRIPTION.PAYMENT.FAILED")
    assert (await counter.holds()).subscription.status is SubscriptionStatus.PAST_DUE
    await counter.till.shop.act(ref, "recover")
    await counter.apply_webhooks("PAYMENT.SALE.COMPLETED", index=2)
    found = (await counter.holds()).subscription
    assert found.status is SubscriptionStatus.ACTIVE
    assert found.access_until == (await counter.till.fetched(ref)).current_period_end


async def test_paid_time_runs_to_its_end_if_the_seller_suspends_the_subscription_at_paypal(counter: Counter) -> None:
    ref = await counter.buy()
    await counter.apply_webhooks(*BOUGHT)
    await counter.till.shop.advance(days=10)
    await counter.till.shop.act(ref, "pause")
    await counter.apply_webhooks("BILLING.SUBSCRIPTION.SUSPENDED")
    held = await counter.holds()
    assert (held.subscription.status, held.subscription.next_charge) == (SubscriptionStatus.ACTIVE, None)
    assert held.accesses[0].status is AccessStatus.PENDING
    assert not await counter.shop.notified("paused")
    await counter.till.shop.advance(days=22)
    await counter.shop.check(held.subscription.id)
    held = await counter.holds()
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    async with counter.shop.units() as uow:
        sources = Sources(uow, counter.shop.policy, counter.shop.clock.now())
        assert await PausedMessage.load(sources, held.subscription.id) is None
    assert len(await counter.shop.notified("expired")) == 1


async def test_charge_that_ends_a_trial_is_announced_as_a_renewal(counter: Counter) -> None:
    await counter.shop.change_plan(replace(counter.plan, trial_days=7))
    await counter.buy()
    await counter.apply_webhooks("BILLING.SUBSCRIPTION.ACTIVATED")
    assert (await counter.holds()).subscription.status is SubscriptionStatus.TRIALING
    await counter.till.shop.advance(days=8)
    await counter.apply_webhooks("PAYMENT.SALE.COMPLETED")
    held = await counter.holds()
    assert (held.subscription.status, held.payment.is_renewal) == (SubscriptionStatus.ACTIVE, True)
    notified = {kind: len(await counter.shop.notified(kind)) for kind in ("payment_received", "renewed")}
    assert notified == {"payment_received": 0, "renewed": 1}


async def test_full_refund_expires_the_subscription(counter: Counter) -> None:
    ref = await counter.buy()
    await counter.apply_webhooks(*BOUGHT)
    await counter.till.shop.act(ref, "refund")
    await counter.apply_webhooks("PAYMENT.SALE.REFUNDED")
    assert (await counter.holds()).subscription.status is SubscriptionStatus.EXPIRED


LOST = ("CUSTOMER.DISPUTE.RESOLVED", "PAYMENT.SALE.REVERSED")


@pytest.mark.parametrize("order", list(permutations(LOST)), ids=["decision first", "money first"])
async def test_lost_dispute_expires_the_subscription(counter: Counter, order: tuple[str, ...]) -> None:
    ref = await counter.buy()
    await counter.apply_webhooks(*BOUGHT)
    await counter.till.shop.act(ref, "dispute")
    await counter.apply_webhooks("CUSTOMER.DISPUTE.CREATED")
    disputed = (await counter.holds()).subscription.status
    await counter.till.shop.act(ref, "lose_dispute")
    await counter.apply_webhooks(*order)
    assert disputed is SubscriptionStatus.PAUSED
    held = await counter.holds()
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    reported = await counter.till.event("PAYMENT.SALE.REVERSED")
    assert (reported.kind, reported.about_payment) == (PaymentEventKind.IGNORED, held.payment.payment_key)


async def test_payment_for_a_one_time_plan_creates_no_subscription_at_paypal(counter: Counter) -> None:
    once = replace(counter.plan, recurring=False, interval=None, duration_days=30)
    await counter.shop.change_plan(once)
    await priced(counter.shop, counter.till, once)
    await counter.buy()
    await counter.apply_webhooks("CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED")
    bought = await counter.holds()
    assert (bought.subscription.status, bought.payment.flag) == (SubscriptionStatus.ACTIVE, None)
    assert bought.subscription.provider_ref is None
