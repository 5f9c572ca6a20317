"""Concurrent writes: one write succeeds, the other transaction reads its result, and no row is duplicated."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, OrderId, new_uuid
from subscriptions.domain.ports.job_queue import Job
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units


async def test_only_one_of_many_concurrent_writers_opens_the_order(units: Units) -> None:
    customer, plan = samples.customer(), samples.plan()
    async with units() as uow:
        await uow.customers.save(customer)
        await uow.plans.save(plan)
        await uow.commit()
    won = await asyncio.gather(*(_open_order(units, customer, plan) for _ in range(8)))
    assert sorted(won) == [False] * 7 + [True]


async def _open_order(units: Units, customer: Customer, plan: ServicePlan) -> bool:
    async with units() as uow:
        added = await uow.orders.add_if_new(samples.order(customer, plan))
        # A later writer sees the row of the first.
        assert await uow.orders.open_for(customer.id, plan.id) is not None
        await uow.commit()
        return added


async def test_only_one_of_many_concurrent_writers_creates_the_live_subscription(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.subscription.status = SubscriptionStatus.EXPIRED
        await uow.subscriptions.save(sale.subscription)
        await uow.commit()
    candidates = [samples.subscription(sale.order) for _ in range(6)]
    outcomes = await asyncio.gather(*(_activate(units, one) for one in candidates))
    assert outcomes.count(True) == 1
    async with units() as uow:
        live = await uow.subscriptions.live_for(sale.customer.id, sale.plan.id)
    assert live == candidates[outcomes.index(True)]


async def _activate(units: Units, subscription: Subscription) -> bool:
    try:
        async with units() as uow:
            await uow.subscriptions.save(subscription)
            await uow.commit()
    except RetryLater:
        return False
    return True


async def test_first_of_two_concurrent_writers_stores_the_customer(units: Units) -> None:
    ana = samples.customer()
    async with units() as first:
        assert await first.customers.add_if_new(ana)
        second = asyncio.create_task(_meet(units, replace(ana, id=CustomerId(new_uuid()))))
        # The second writer waits for the outcome of the first instead of guessing.
        assert not (await asyncio.wait({second}, timeout=0.2))[0]
        await first.commit()
        assert await second is False


async def test_second_concurrent_writer_stores_the_customer_after_the_first_rolls_back(units: Units) -> None:
    ana = samples.customer()
    async with units() as first:
        assert await first.customers.add_if_new(ana)
        second = asyncio.create_task(_meet(units, replace(ana, id=CustomerId(new_uuid()))))
        assert not (await asyncio.wait({second}, timeout=0.2))[0]
    assert await second is True


async def _meet(units: Units, customer: Customer) -> bool:
    async with units() as uow:
        added = await uow.customers.add_if_new(customer)
        await uow.commit()
        return added


async def test_rows_locked_by_one_scheduler_are_skipped_by_another_scheduler(units: Units) -> None:
    async with units() as uow:
        sales = [await selling(uow) for _ in range(4)]
        for sale in sales:
            sale.subscription.access_until = NOON
            await uow.subscriptions.save(sale.subscription)
        await uow.commit()
    later = NOON + timedelta(hours=1)
    async with units() as one, units() as two:
        first = {order.id for order in await one.orders.list_due(later, 2)}
        second = {order.id for order in await two.orders.list_due(later, 10)}
        assert len(first) == 2
        assert first | second == {sale.order.id for sale in sales}
        assert not first & second
        assert await one.subscriptions.get(sales[0].subscription.id, lock=True)
        free = {found.id for found in await two.subscriptions.list_due(later)}
        assert free == {sale.subscription.id for sale in sales[1:]}
        assert await two.subscriptions.count_due(later) == len(sales)


async def test_locked_row_is_read_after_its_holder_commits(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    async with units() as holder:
        order = await holder.orders.get(sale.order.id, lock=True)
        assert order is not None
        waiting = asyncio.create_task(_status(units, sale.order.id))
        assert not (await asyncio.wait({waiting}, timeout=0.2))[0]
        order.capture(NOON)
        await holder.orders.save(order)
        await holder.commit()
        assert await waiting == "paid"


async def _status(units: Units, order_id: OrderId) -> str:
    async with units() as uow:
        order = await uow.orders.get(order_id, lock=True)
        assert order is not None
        return order.status.value


async def test_writers_that_share_keys_in_any_order_do_not_deadlock(units: Units) -> None:
    keys = ["a", "b", "c"]
    await asyncio.gather(*(_enqueue(units, keys if turn % 2 else keys[::-1]) for turn in range(20)))
    assert sorted(await units.job_names()) == ["test.a", "test.b", "test.c"]


async def _enqueue(units: Units, keys: list[str]) -> None:
    async with units() as uow:
        for key in keys:
            await uow.enqueue(Job(name=f"test.{key}", payload={"v": 1}, key=key))
        await uow.commit()
