"""The use cases with the sandbox's PayPal as provider: a plan change that the customer confirms at PayPal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.routers.change import ChangeDesk
from bot.texts import texts_for
from subscriptions.application.subscriptions.offered_changes import ChangeQuote, NothingToChange, NotThere
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import short_reference
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PlanChangeRequest
from tests.contract.test_paypal_purchase import BOUGHT, Counter, opened, priced
from tests.support.paypal_till import EUR, MONTHLY, Till, open_till

UPDATED, SALE = "BILLING.SUBSCRIPTION.UPDATED", "PAYMENT.SALE.COMPLETED"
CHEAP, DEAR = Money(1999, "EUR"), Money(4999, "EUR")


class Moving:
    """Customer who subscribes to the middle one of three plans."""

    def __init__(self, counter: Counter, plans: dict[str, ServicePlan], ref: str) -> None:
        self.counter, self.plans, self.ref = counter, plans, ref

    async def subscription(self) -> Subscription:
        async with self.counter.shop.units() as uow:
            (found,) = [item for item in await uow.subscriptions.of_customer(self.counter.ana.id) if item.live]
        return found

    async def quote(self, to: str) -> ChangeQuote:
        known = short_reference((await self.subscription()).id)
        return await self.counter.shop.changes.quote(self.counter.ana.telegram_id, known, self.plans[to].soft_id)

    async def agree(self, page: str | None) -> None:
        await self.counter.till.shop.http.post(f"{page}/pay")

    async def apply_webhooks(self, kind: str, index: int = 0) -> None:
        await self.counter.apply_webhooks(kind, index=index)

    async def renew(self) -> None:
        found = await self.counter.till.fetched(self.ref)
        assert found.current_period_end is not None
        left = found.current_period_end - self.counter.till.shop.world.clock.now()
        await self.counter.till.shop.advance(seconds=int(left.total_seconds()) + 60)


@pytest.fixture
async def moving() -> AsyncIterator[Moving]:
    async with open_till() as till:
        counter = await opened(till)
        plans = {"middle": counter.plan}
        for name, price in (("cheap", CHEAP), ("dear", DEAR)):
            plans[name] = await counter.shop.plan(name=name.title(), price=price, interval=Interval.MONTH)
            await priced(counter.shop, till, plans[name])
        ref = await counter.buy()
        await counter.apply_webhooks(*BOUGHT)
        yield Moving(counter, plans, ref)


@pytest.mark.parametrize(("to", "price"), [("dear", DEAR), ("cheap", CHEAP)])
async def test_confirmed_plan_change_takes_effect_at_the_next_charge(moving: Moving, to: str, price: Money) -> None:
    end = (await moving.subscription()).current_period_end
    quote = await moving.quote(to)
    assert (quote.due, quote.offer.now, quote.offer.renewal) == (Money(0, "EUR"), False, end)
    assert (await moving.counter.till.fetched(moving.ref)).price == EUR, "nothing changes before it is confirmed"
    await moving.agree(quote.page)
    await moving.apply_webhooks(UPDATED)
    planned = await moving.subscription()
    assert (planned.plan_id, planned.price) == (moving.plans["middle"].id, EUR)
    assert (planned.next_plan_id, planned.next_plan_at) == (moving.plans[to].id, end)
    with pytest.raises(NothingToChange):
        await moving.quote(to)
    await moving.renew()
    await moving.apply_webhooks(SALE, index=1)
    moved = await moving.subscription()
    assert (moved.plan_id, moved.price, moved.next_plan_id) == (moving.plans[to].id, price, None)
    (view,) = (await moving.counter.shop.status(moving.counter.ana.telegram_id)).live
    assert moved.access_until is not None
    assert end is not None
    assert moved.access_until > end + timedelta(days=27)
    assert view.next_plan is None
    assert await moving.counter.shop.alarms() == []


async def test_scheduled_plan_change_is_undone_at_paypal(moving: Moving) -> None:
    person, plan = moving.counter.ana.telegram_id, moving.plans["middle"].soft_id
    with pytest.raises(NothingToChange):
        await moving.counter.shop.changes.undo(person, plan)
    await moving.agree((await moving.quote("dear")).page)
    await moving.apply_webhooks(UPDATED)
    back = await moving.counter.shop.changes.undo(person, plan)
    planned = await moving.subscription()
    assert planned.next_plan_id is not None
    assert back is not None
    assert back.change_at == planned.next_plan_at
    await moving.agree(back.page)
    await moving.apply_webhooks(UPDATED, index=1)
    assert (await moving.subscription()).next_plan_id is None
    await moving.renew()
    await moving.apply_webhooks(SALE, index=1)
    renewed = await moving.subscription()
    assert (renewed.plan_id, renewed.price) == (moving.plans["middle"].id, EUR)


async def test_change_to_plan_of_another_product_is_refused_with_a_message(moving: Moving) -> None:
    """PayPal reports the refusal only when the change is requested, so the plan is offered first."""
    till, dear = moving.counter.till, moving.plans["dear"]
    elsewhere = await till.shop.plan(product=await till.shop.product())
    async with moving.counter.shop.units() as uow:
        known = await uow.plans.price_at(dear.id, "paypal")
        assert known is not None
        await uow.plans.save_price(replace(known, external_price_id=elsewhere, price=EUR))
        await uow.commit()
    with pytest.raises(NotThere):
        await moving.quote("dear")
    desk = ChangeDesk(moving.counter.shop.changes)
    known_as = short_reference((await moving.subscription()).id)
    said = await desk.quote(moving.counter.ana, texts_for("es"), dear.soft_id, known_as)
    assert "no puede cambiar el plan de esta suscripción" in said.text


def request(ref: str, price_ref: str, amount: Money, till: Till) -> PlanChangeRequest:
    return PlanChangeRequest(
        subscription_ref=ref,
        price_ref=price_ref,
        amount=amount,
        at_renewal=True,
        as_of=till.shop.world.clock.now(),
        interval=Interval.MONTH,
        interval_count=1,
        idempotency_key="change:1",
        back="https://shop.example/",
        locale="es",
    )


async def test_invalid_plan_change_is_refused() -> None:
    """The cases are a plan of another product, a price that differs from the plan's, and an ended or unknown
    subscription.
    """
    async with open_till() as till:
        ref, dear = await till.subscribed(), await till.gateway.ensure_price(replace(MONTHLY, plan="caro", amount=DEAR))
        elsewhere = await till.shop.plan(product=await till.shop.product())
        assert await till.gateway.ask_change(request(ref, elsewhere, EUR, till)) is None
        with pytest.raises(GatewayRejected):
            await till.gateway.ask_change(request(ref, dear, CHEAP, till))
        assert await till.gateway.ask_change(request("I-NONE", dear, DEAR, till)) is None
        await till.gateway.cancel_subscription(ref, at_period_end=False)
        assert await till.gateway.ask_change(request(ref, dear, DEAR, till)) is None


async def test_plans_of_one_price_have_separate_billing_plans_under_one_product() -> None:
    async with open_till() as till:
        wanted = [MONTHLY, replace(MONTHLY, plan="otro"), replace(MONTHLY, amount=DEAR)]
        refs = [await till.gateway.ensure_price(each) for each in wanted]
        assert len(set(refs)) == 3
        assert [await till.gateway.ensure_price(each) for each in wanted] == refs
        plans = (await till.shop.call("GET", "/v1/billing/plans"))["plans"]
        assert len({each["product_id"] for each in plans}) == 1
