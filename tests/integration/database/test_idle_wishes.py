"""Refunds in the audit log without a job: they are ignored after an hour, and the owners are alerted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto import jobs
from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.application.payments.refunds_by_staff import refund_by_hand
from subscriptions.application.payments.watch_wishes import WatchWishes
from subscriptions.application.routing import jobs_for
from subscriptions.application.subscriptions.money_left import REFUND_ASKED, REFUND_FAILED, left_of, wanted_back
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.idle_wishes import SqlIdleWishes
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, sql_unit
from tests.support.postgres import as_process

HOUR = timedelta(hours=1)


@pytest.fixture
async def payment(units: Units) -> Payment:
    """Store a payment without refunds."""
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    return sale.payment


async def wish(
    units: Units, payment: Payment, operation: str, at: timedelta = timedelta(), facts: Mapping[str, str] | None = None
) -> None:
    """Record a refund request as a use case does."""
    amount = {"operation": operation, "minor": str(payment.amount.minor), "amount": str(payment.amount)}
    async with units() as uow:
        await uow.audit.record(
            actor="7",
            action=StaffAction.REFUND_PAYMENT,
            subject=str(payment.id),
            reason="",
            at=NOON + at,
            facts=dict(amount if facts is None else facts),
        )
        await uow.commit()


async def left(units: Units, payment: Payment) -> Money:
    async with units() as uow:
        return await left_of(uow, payment)


async def looked(database_url: str, units: Units, after: timedelta) -> list[str]:
    """Run the check twice as the worker's database user, the given time after noon, and return the jobs queued then."""
    engine, clock = create_engine(as_process(database_url, "worker")), ManualClock(NOON + after)
    worker = Units(lambda: sql_unit(engine, jobs_for), engine=engine)
    watch = WatchWishes(worker, clock, SqlIdleWishes(engine))
    for _ in range(2):
        await watch()
    await engine.dispose()
    return await units.job_names()


async def test_refund_entry_without_a_job_is_ignored_and_reported_after_an_hour(
    database_url: str, units: Units, payment: Payment
) -> None:
    await wish(units, payment, "forged")
    assert (await left(units, payment)).minor == 0
    assert await looked(database_url, units, HOUR) == []
    assert (await left(units, payment)).minor == 0
    assert await looked(database_url, units, HOUR + timedelta(seconds=1)) == [jobs.RaiseAlarm.name]
    assert await left(units, payment) == payment.amount
    async with units() as uow:
        assert await wanted_back(uow, payment) == frozenset()
        lines = await uow.audit.of_subject(str(payment.id), 10)
    assert [line.action for line in lines].count(REFUND_FAILED) == 1


async def test_refund_entry_dated_in_the_future_is_ignored(database_url: str, units: Units, payment: Payment) -> None:
    await wish(units, payment, "forged", timedelta(days=3650))
    await looked(database_url, units, timedelta())
    assert await left(units, payment) == payment.amount


@pytest.mark.parametrize("way", ["queued", "later", "asked", "by hand"])
async def test_refund_in_progress_is_still_counted_and_raises_no_alarm(
    database_url: str, units: Units, engine: AsyncEngine, payment: Payment, way: str
) -> None:
    operation = f"by_hand:{uuid4()}" if way == "by hand" else str(uuid4())
    await wish(units, payment, operation)
    job = jobs.RefundPayment(payment_id=payment.id, minor=payment.amount.minor, key=operation)
    async with units() as uow:
        if way == "queued":
            await uow.enqueue(job.job())
        elif way == "later":
            await uow.enqueue(job.delayed_job(NOON + timedelta(days=2), operation))
        elif way == "asked":
            await uow.audit.record(
                actor="system",
                action=REFUND_ASKED,
                subject=str(payment.id),
                reason="",
                at=NOON,
                facts={"operation": operation},
            )
        else:
            assert await store_if_new(uow, refund_by_hand(payment, operation, payment.amount, NOON), NOON)
        await uow.commit()
    assert jobs.RaiseAlarm.name not in await looked(database_url, units, 3 * HOUR)
    assert (await left(units, payment)).minor == 0


@pytest.mark.parametrize("facts", [{"operation": "x"}, {"minor": "1"}, {"operation": "x", "minor": "1e9"}, {}])
async def test_invalid_refund_entry_in_the_audit_log_does_not_reduce_the_refundable_amount(
    units: Units, payment: Payment, facts: Mapping[str, str]
) -> None:
    await wish(units, payment, "", facts=facts)
    assert await left(units, payment) == payment.amount
