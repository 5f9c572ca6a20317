"""The use cases with the sandbox's Stripe as provider: renewals reduced by a credit balance or a coupon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from subscriptions.application import routing
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PriceRequest
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.shop import Holding, Shop
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.stripe_till import EUR, VERSIONS, Kind, Till, open_till

OLD = datetime.fromtimestamp(0, UTC)
NOTHING = Money(0, "EUR")


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
class Member:
    """Shop that sells by Stripe only, and one customer with a monthly plan."""

    till: Till
    shop: Shop
    ana: Customer
    plan: ServicePlan
    ref: str = ""

    async def joins(self) -> None:
        """Buy the plan and deliver the webhook of the paid invoice."""
        view = await self.shop.start(self.ana.telegram_id, self.plan.soft_id)
        session = view.url.rsplit("/", 1)[-1].split("?")[0].split("#")[0]
        await self.till.shop.control("POST", f"checkouts/{session}/pay")
        await self.shop.deliver(await self.till.event("invoice.paid"))
        held = await self.holds()
        self.ref = held.subscription.provider_ref or ""

    async def holds(self) -> Holding:
        return await self.shop.holding(self.ana, self.plan)

    async def moves(self, plan: ServicePlan, index: int, *, is_credited: bool = True) -> Money:
        """Move the subscription to another plan in the dashboard, with the period of that plan from now on. Deliver the
        webhook, and return the recorded amount. is_credited: True if the unused time is deducted from the new price.
        """
        client = self.till.shop.client.v1
        (item,) = (await client.subscriptions.retrieve_async(self.ref))["items"].data
        behavior: Any = "create_prorations" if is_credited else "none"
        items = [{"id": item.id, "price": await price_of(self.till, self.shop, plan)}]
        await client.subscriptions.update_async(self.ref, {"items": items, "proration_behavior": behavior})
        self.plan = plan
        event = await self.till.event("invoice.paid", index)
        await self.shop.deliver(event)
        return event.amount or NOTHING

    async def credit(self, minor: int) -> None:
        """Give the customer a credit balance, as the operator does in the dashboard."""
        client = self.till.shop.client.v1
        payer = str((await client.subscriptions.retrieve_async(self.ref)).customer)
        await client.customers.update_async(payer, {"balance": -minor})

    async def coupon(self, minor: int) -> None:
        """Apply a coupon without an end."""
        client = self.till.shop.client.v1
        made = await client.coupons.create_async({"amount_off": minor, "currency": "eur", "duration": "forever"})
        await client.subscriptions.update_async(self.ref, {"discounts": [{"coupon": made.id}]})

    async def renews(self, index: int = 1) -> Money:
        """Renew the subscription, deliver the webhook, and return the recorded amount."""
        await self.till.shop.act(self.ref, "renew")
        event = await self.till.event("invoice.paid", index)
        await self.shop.deliver(event)
        return await self.counted(event.payment_key)

    async def counted(self, key: str | None) -> Money:
        """Return the amount of a payment. Asserts that the payment pays the whole period and is not under review."""
        held, found = await self.holds(), await self.till.gateway.fetch_subscription(self.ref)
        assert found is not None
        payment = next(each for each in held.payments if each.payment_key == key)
        assert (payment.flag, held.subscription.access_until) == (None, found.current_period_end)
        assert await self.shop.notified("payment_flagged") == []
        return payment.amount


async def opened(till: Till) -> Member:
    memory = Memory()
    shop = Shop(lambda: MemoryUnitOfWork(memory, routing.jobs_for), memory=memory, clock=WorldClock(till))
    shop.gateways.gateways = {"stripe": till.gateway}
    ana, plan = await shop.customer(), await shop.plan(interval=Interval.MONTH)
    await price_of(till, shop, plan)
    return Member(till, shop, ana, plan)


async def price_of(till: Till, shop: Shop, plan: ServicePlan) -> str:
    """Create the price object of a plan, if missing, and return its id."""
    request = PriceRequest(
        plan=plan.soft_id,
        name=plan.name,
        description=plan.description,
        amount=plan.price,
        recurring=True,
        interval=plan.interval,
        interval_count=1,
    )
    ref = await till.gateway.ensure_price(request)
    async with shop.units() as uow:
        await uow.plans.save_price(PlanPaymentPrice(plan_id=plan.id, provider="stripe", external_price_id=ref))
        await uow.commit()
    return ref


@pytest.fixture
async def member(till: Till) -> Member:
    made = await opened(till)
    await made.joins()
    return made


@pytest.mark.parametrize("version", VERSIONS)
async def test_credit_balance_pays_part_of_each_renewal(version: str) -> None:
    async with open_till(version) as till:
        member = await opened(till)
        await member.joins()
        await member.credit(4000)
        assert [await member.renews(index) for index in (1, 2, 3)] == [NOTHING, Money(1998, "EUR"), EUR]


@pytest.mark.parametrize(("off", "paid"), [(1000, 1999), (2999, 0), (9999, 0)])
async def test_renewal_reduced_by_a_dashboard_coupon_pays_for_its_whole_period(
    member: Member, off: int, paid: int
) -> None:
    await member.coupon(off)
    assert [await member.renews(index) for index in (1, 2)] == [Money(paid, "EUR")] * 2


async def test_unreported_free_renewal_is_found_by_fetching(member: Member) -> None:
    await member.credit(2999)
    await member.till.shop.act(member.ref, "renew")
    first, second = await member.till.gateway.fetch_payments(member.ref, OLD)
    assert (first.reduction, second.amount, second.regular, second.reduction) == (None, NOTHING, EUR, EUR)
    await member.shop.deliver(second, await member.till.event("invoice.paid", 1))
    assert await member.counted(second.payment_key) == NOTHING


async def test_reduced_amount_in_a_webhook_alone_is_ignored(member: Member) -> None:
    await member.till.shop.act(member.ref, "renew")
    event = await member.till.event("invoice.paid", 1)
    await member.shop.deliver(replace(event, amount=NOTHING, regular=EUR, reduction=EUR))
    assert await member.counted(event.payment_key) == EUR


async def test_first_payment_partly_paid_from_a_credit_balance_is_reported_with_its_lower_amount(till: Till) -> None:
    """The first payment must equal the amount of its checkout. A lower amount is put under review."""
    client = till.shop.client.v1
    payer = await client.customers.create_async({"balance": -2000})
    await till.subscribed(customer_ref=payer.id)
    event = await till.event("invoice.paid")
    assert (event.amount, event.regular, event.reduction) == (Money(999, "EUR"), None, None)


async def test_invoice_of_a_free_trial_is_reported_as_activation_of_the_subscription(till: Till) -> None:
    await till.subscribed(trial_days=7)
    event = await till.event("invoice.paid")
    assert (event.kind, event.amount, event.reduction) == (Kind.SUBSCRIPTION_ACTIVATED, None, None)


async def test_time_credited_by_a_move_to_a_yearly_plan_is_not_given_twice(member: Member) -> None:
    yearly = await member.shop.plan(interval=Interval.YEAR, price=Money(29900, "EUR"))
    await member.till.shop.advance(days=10)
    amount = await member.moves(yearly, 1)
    assert Money(27800, "EUR") < amount < yearly.price
    held, found = await member.holds(), await member.till.gateway.fetch_subscription(member.ref)
    assert found is not None
    assert held.subscription.access_until == found.current_period_end == held.subscription.next_charge
    assert await member.shop.alarms() == []


async def test_year_credited_by_a_move_to_a_monthly_plan_is_not_given_twice(member: Member) -> None:
    monthly, yearly = member.plan, await member.shop.plan(interval=Interval.YEAR, price=Money(29900, "EUR"))
    await member.till.shop.advance(days=1)
    await member.moves(yearly, 1)
    await member.till.shop.advance(days=30)
    assert await member.moves(monthly, 2) == NOTHING
    assert [await member.renews(index) for index in (3, 4)] == [NOTHING, NOTHING]


async def test_time_that_is_not_credited_by_a_move_is_kept(member: Member) -> None:
    yearly = await member.shop.plan(interval=Interval.YEAR, price=Money(29900, "EUR"))
    before = (await member.holds()).subscription.access_until
    assert before is not None
    await member.till.shop.advance(days=10)
    assert await member.moves(yearly, 1, is_credited=False) == yearly.price
    held, found = await member.holds(), await member.till.gateway.fetch_subscription(member.ref)
    assert found is not None
    assert found.current_period_start is not None
    assert found.current_period_end is not None
    kept = before - found.current_period_start
    assert kept > timedelta(days=17)
    assert held.subscription.access_until == found.current_period_end + kept
