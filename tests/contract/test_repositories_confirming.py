"""Checkouts that staff may confirm, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from subscriptions.application.payments.awaited_payments import AwaitedPayments
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.counter import HandCounter
from tests.fakes.gateway import MemoryGateways
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

DAY = timedelta(days=1)


async def test_checkouts_that_await_manual_confirmation_are_listed(units: Units) -> None:
    def attempt(order: Order, number: int, **more: object) -> CheckoutAttempt:
        made = CheckoutAttempt(
            order_id=order.id,
            number=number,
            provider="bank",
            status=AttemptStatus.OPEN,
            session_ref=f"{order.id}/{number}",
            created_at=NOON,
            expires_at=NOON + timedelta(hours=1),
        )
        return replace(made, **more)

    async def order_of(uow: UnitOfWork, **more: object) -> Order:
        customer, plan = samples.customer(), samples.plan()
        await uow.customers.save(customer)
        await uow.plans.save(plan)
        made = samples.order(customer, plan, **more)
        await uow.orders.save(made)
        return made

    async with units() as uow:
        open_one, part_before = await order_of(uow), await order_of(uow)
        expired = await order_of(uow, status=OrderStatus.EXPIRED)
        canceled = await order_of(uow, status=OrderStatus.CANCELED)
        paid = await order_of(uow, status=OrderStatus.PAID)
        part_since = await order_of(uow)
        await uow.payments.add_if_new(samples.payment(part_before, recorded_at=NOON - DAY))
        await uow.payments.add_if_new(samples.payment(part_since, recorded_at=NOON))
        newest = attempt(open_one, 2, created_at=NOON + timedelta(minutes=1))
        other = attempt(part_before, 1, provider="hand", created_at=NOON - timedelta(minutes=1))
        oldest = attempt(expired, 1, created_at=NOON - DAY)
        for each in (
            oldest,
            newest,
            other,
            attempt(open_one, 1, created_at=NOON - DAY - timedelta(seconds=1)),
            attempt(open_one, 3, status=AttemptStatus.CLOSED),
            attempt(open_one, 4, status=AttemptStatus.CREATING, session_ref=None),
            attempt(open_one, 5, provider="acme"),
            *(attempt(order, 1) for order in (canceled, paid, part_since)),
        ):
            await uow.orders.save_attempt(each)
        by_hand = ["bank", "hand"]
        assert await uow.orders.to_confirm(by_hand, NOON - DAY, limit=9) == [newest, other, oldest]
        assert await uow.orders.to_confirm(by_hand, NOON - DAY, limit=1, offset=1) == [other]
        assert await uow.orders.to_confirm(by_hand, NOON - DAY, limit=9, order_id=expired.id) == [oldest]
        assert await uow.orders.to_confirm(by_hand, NOON - DAY, limit=9, order_id=paid.id) == []
        assert await uow.orders.to_confirm([], NOON - DAY, limit=9) == []


@contextmanager
def counted(units: Units) -> Iterator[Counter[str]]:
    """Yield a counter of the statements sent to the database; the in-memory repositories send none."""
    asked = Counter[str]()

    def record(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked[statement.partition(" IN ")[0]] += 1

    if units.engine is not None:
        event.listen(units.engine.sync_engine, "before_cursor_execute", record)
    yield asked
    if units.engine is not None:
        event.remove(units.engine.sync_engine, "before_cursor_execute", record)


async def test_number_of_sql_statements_does_not_grow_with_the_number_of_awaited_payments(units: Units) -> None:
    clock = ManualClock()
    awaited = AwaitedPayments(clock, MemoryGateways({"bank": HandCounter(clock)}))

    async def ask(uow: UnitOfWork) -> None:
        customer, plan = samples.customer(), samples.plan()
        order = samples.order(customer, plan)
        await uow.customers.save(customer)
        await uow.plans.save(plan)
        await uow.orders.save(order)
        attempt = CheckoutAttempt(
            order_id=order.id,
            number=1,
            provider="bank",
            status=AttemptStatus.OPEN,
            session_ref=f"{order.id}/1",
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(hours=1),
        )
        await uow.orders.save_attempt(attempt)

    async with units() as uow:
        await ask(uow)
        await uow.commit()
    async with units() as uow:
        with counted(units) as one:
            assert len(await awaited.newest(uow, 6)) == 1
    async with units() as uow:
        for _ in range(5):
            await ask(uow)
        await uow.commit()
    async with units() as uow:
        with counted(units) as many:
            found = await awaited.newest(uow, 6)
    assert len({each.customer.id for each in found}) == len({each.plan for each in found}) == 6
    assert many == one
