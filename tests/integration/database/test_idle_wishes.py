"""Requests for refunds without a job: they are ignored after an hour, and the owners are alerted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto import jobs
from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.application.payments.refunds_by_staff import refund_by_hand
from subscriptions.application.payments.watch_wishes import WatchWishes
from subscriptions.application.routing import jobs_for
from subscriptions.application.subscriptions.money_left import (
    REFUND_FAILED,
    accept_request,
    answer_request,
    left_of,
)
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.writing.payments import REVERSALS
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


async def ask(
    units: Units,
    payment: Payment,
    operation: str,
    at: timedelta = timedelta(),
    *,
    amount: Money | None = None,
    accepted: bool = False,
) -> None:
    """Store a request for a refund, in full if `amount` is None."""
    request = RefundRequest(
        operation=operation, payment_id=payment.id, amount=amount or payment.amount, asked_at=NOON + at
    )
    async with units() as uow:
        await uow.of(FACTS_KEY).ask(request)
        if accepted:
            await accept_request(uow, payment, operation, NOON + at)
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


async def test_request_without_a_job_is_ignored_and_reported_after_an_hour(
    database_url: str, units: Units, payment: Payment
) -> None:
    await ask(units, payment, "forged")
    assert (await left(units, payment)).minor == 0
    assert await looked(database_url, units, HOUR) == []
    assert (await left(units, payment)).minor == 0
    assert await looked(database_url, units, HOUR + timedelta(seconds=1)) == [jobs.RaiseAlarm.name]
    assert await left(units, payment) == payment.amount
    async with units() as uow:
        (request,) = await uow.of(FACTS_KEY).requests_of(payment.id)
        lines = await uow.audit.of_subject(str(payment.id), 10)
    assert [line.action for line in lines].count(REFUND_FAILED) == 1
    assert request.failed_at == NOON + HOUR + timedelta(seconds=1)


async def test_refund_that_a_forged_request_took_by_its_amount_answers_the_real_one_after_an_hour(
    database_url: str, units: Units, payment: Payment
) -> None:
    part = payment.amount - Money(1000, "EUR")
    await ask(units, payment, "forged", amount=part)
    await ask(units, payment, "real", timedelta(minutes=1), amount=part, accepted=True)
    at = NOON + timedelta(minutes=2)
    refund = Refund.give("acme", "re-1", payment.id, part, occurred_at=at, now=at)
    async with units() as uow:
        await answer_request(uow, refund)
        await uow.write(REVERSALS).add_refund_if_new(refund)
        await uow.commit()
    await looked(database_url, units, 2 * HOUR)
    async with units() as uow:
        answered = {each.operation: each.refund_id for each in await uow.of(FACTS_KEY).requests_of(payment.id)}
    assert answered == {"forged": None, "real": refund.id}
    assert await left(units, payment) == Money(1000, "EUR")


async def test_request_dated_in_the_future_is_ignored(database_url: str, units: Units, payment: Payment) -> None:
    await ask(units, payment, "forged", timedelta(days=3650))
    await looked(database_url, units, timedelta())
    assert await left(units, payment) == payment.amount


@pytest.mark.parametrize("way", ["queued", "later", "accepted", "by hand"])
async def test_refund_in_progress_is_still_counted_and_raises_no_alarm(
    database_url: str, units: Units, engine: AsyncEngine, payment: Payment, way: str
) -> None:
    operation = f"by_hand:{uuid4()}" if way == "by hand" else str(uuid4())
    await ask(units, payment, operation, accepted=way == "accepted")
    job = jobs.RefundPayment(payment_id=payment.id, minor=payment.amount.minor, key=operation)
    async with units() as uow:
        if way == "queued":
            await uow.enqueue(job.job())
        elif way == "later":
            await uow.enqueue(job.delayed_job(NOON + timedelta(days=2), operation))
        elif way == "by hand":
            assert await store_if_new(uow, refund_by_hand(payment, operation, payment.amount, NOON), NOON)
        await uow.commit()
    assert jobs.RaiseAlarm.name not in await looked(database_url, units, 3 * HOUR)
    assert (await left(units, payment)).minor == 0
