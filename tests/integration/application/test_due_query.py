"""Check that the scheduler's query for due work finds exactly the work that the use cases would process."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.expiry.bulk_expiry_guard import FLOOR
from subscriptions.application.expiry.expire_vip import ExpireVip
from subscriptions.infrastructure.jobs.due import DueJobs
from subscriptions.infrastructure.repositories.due_looks import DueLooks, Turn
from tests.fakes.provider import PERIOD
from tests.fakes.shop import POLICY, Shop
from tests.integration.application.test_bulk_expiry_races import over_for
from tests.support.vip import VipShop


@pytest.fixture
def looks(shop: Shop) -> DueLooks:
    """Return the queries for due work, on the shop's database."""
    assert shop.engine is not None
    return DueLooks(shop.engine, POLICY.grace)


async def test_query_for_due_work_finds_work_exactly_when_the_scheduler_processes_work(
    shop: Shop, looks: DueLooks
) -> None:
    assert await looks(shop.clock.now()) == frozenset()
    assert not await shop.run_due()
    person, plan = await shop.customer(), await shop.plan()
    await shop.checkout(person, plan)
    _, session = await shop.checkout(await shop.customer(), plan)
    await shop.deliver(*shop.provider.pay(session, card="cus"))
    found = []
    for wait in [PERIOD / 20, timedelta(minutes=1)] * 24:
        due = Turn.DUE in await looks(shop.clock.now())
        work = await shop.run_due()
        assert due is bool(work)
        assert Turn.DUE not in await looks(shop.clock.now())
        found.append(due)
        shop.clock.advance(wait)
    assert {True, False} == set(found)


async def test_due_query_finds_an_incomplete_bulk_expiry(shop: Shop, looks: DueLooks) -> None:
    await over_for(shop, FLOOR + 1)
    assert Turn.BULK_EXPIRIES not in await looks(shop.clock.now())
    assert await shop.run_due()
    assert Turn.BULK_EXPIRIES in await looks(shop.clock.now())


async def test_due_query_finds_a_delayed_job_at_its_time(shop: Shop, looks: DueLooks) -> None:
    assert shop.engine is not None
    view, _ = await shop.checkout(await shop.customer(), await shop.plan())
    assert Turn.JOBS not in await looks(shop.clock.now())
    shop.clock.advance(view.expires_at - shop.clock.now())
    assert Turn.JOBS in await looks(shop.clock.now())
    await DueJobs(shop.engine).release_due(shop.clock.now())
    assert Turn.JOBS not in await looks(shop.clock.now())


async def test_due_query_finds_expired_vip_access(shop: Shop, looks: DueLooks) -> None:
    vip = await VipShop.open(shop)
    await vip.inside(await vip.plan())
    assert Turn.VIP not in await looks(shop.clock.now())
    shop.clock.advance(timedelta(days=31))
    assert Turn.VIP in await looks(shop.clock.now())
    assert await ExpireVip(shop.units, shop.clock, POLICY)() == 1
    assert Turn.VIP not in await looks(shop.clock.now())
