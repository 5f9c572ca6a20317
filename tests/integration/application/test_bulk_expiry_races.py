"""Bulk expiry on PostgreSQL with several schedulers, owners and workers: one outcome."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.bulk_expiry_guard import FLOOR
from subscriptions.application.expiry.complete_bulk_expiries import CompleteBulkExpiries
from subscriptions.application.expiry.restore_expired import RestoreExpired
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.bulk_expiry import BulkExpiryEntryState
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import BulkExpiryId, SubscriptionId
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

MANY = 7
MANY_OWNERS = 4


@pytest.fixture
async def sold(shop: Shop) -> tuple[ServicePlan, list[Customer]]:
    """Create more customers with expired access than the limit of a bulk expiry allows, and return their plan and the
    customers.
    """
    return await over_for(shop, MANY)


async def over_for(shop: Shop, count: int) -> tuple[ServicePlan, list[Customer]]:
    """Create `count` customers whose time has ended, and return their plan and the customers."""
    plan, people = await shop.plan(), [await shop.customer() for _ in range(count)]
    for person in people:
        _, session = await shop.checkout(person, plan)
        await shop.deliver(*shop.provider.pay(session, card=f"cus-{person.telegram_id}"))
        await shop.cancel(person.telegram_id)
    shop.clock.advance(PERIOD)
    return plan, people


async def check(shop: Shop, replica: Shop) -> None:
    """Run the queued checks on two workers at the same time, each check on both workers."""
    jobs = [SubscriptionId(UUID(job["subscription_id"])) for job in await shop.jobs("core.check_subscription")]
    await asyncio.gather(*(until_done(worker, job) for job in set(jobs) for worker in (shop, replica)))


async def until_done(worker: Shop, subscription: SubscriptionId) -> None:
    while True:
        try:
            return await worker.check(subscription)
        except RetryLater:
            continue


async def asked(shop: Shop) -> BulkExpiryId:
    """Return the id of the only bulk expiry that awaits a decision of an owner."""
    await asyncio.gather(*(CompleteBulkExpiries(shop.units, shop.clock)() for _ in range(3)))
    (question,) = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "sweep_held"]
    return BulkExpiryId(UUID(question["facts"]["sweep"]))


async def live(shop: Shop, plan: ServicePlan, people: list[Customer]) -> int:
    held = [await shop.holding(person, plan) for person in people]
    return sum(sum(s.live for s in each.subscriptions) for each in held)


async def test_large_bulk_expiry_includes_customers_locked_by_another_process(
    shop: Shop, replica: Shop, sold: tuple[ServicePlan, list[Customer]]
) -> None:
    plan, people = sold
    async with replica.units() as elsewhere:
        for person in people[FLOOR:]:
            assert await elsewhere.subscriptions.live_for(person.id, plan.id, lock=True)
        await shop.run_due()
        await check(shop, shop)
        assert await live(shop, plan, people) == MANY
    await shop.run_due()
    await check(shop, replica)
    assert await live(shop, plan, people) == MANY
    async with shop.units() as uow:
        assert len(await uow.bulk_expiries.list_entries(await asked(shop))) == MANY


async def test_small_bulk_expiry_ends_access_of_all_customers_except_a_locked_customer(
    shop: Shop, replica: Shop
) -> None:
    plan, people = await over_for(shop, FLOOR)
    async with replica.units() as elsewhere:
        assert await elsewhere.subscriptions.live_for(people[0].id, plan.id, lock=True)
        await shop.run_due()
        await check(shop, shop)
        assert await live(shop, plan, people) == 1
    await shop.run_due()
    await check(shop, replica)
    assert await live(shop, plan, people) == 0


async def test_bulk_expiry_applies_one_of_many_concurrent_answers_and_restores_access_once(
    shop: Shop, replica: Shop, sold: tuple[ServicePlan, list[Customer]]
) -> None:
    plan, people = sold
    await shop.run_due()
    await check(shop, replica)
    bulk_expiry = await asked(shop)
    assert await live(shop, plan, people) == MANY

    staff, answers = [Staff(each) for each in (shop, replica)], ("confirm_sweep", "hold_sweep")
    words = await asyncio.gather(
        *(staff[each % 2](SHELL, answers[each % 2], bulk_expiry) for each in range(MANY_OWNERS))
    )
    assert [word.name for word in words].count("said_before") == MANY_OWNERS - 1
    async with shop.units() as uow:
        (decision,) = await uow.bulk_expiries.decisions(bulk_expiry)
    went = str(decision.answer) == "go_on"
    await check(shop, replica)
    assert await live(shop, plan, people) == (0 if went else MANY)
    if not went:
        return

    undone = await asyncio.gather(*(staff[0](SHELL, "undo_sweep", bulk_expiry) for _ in range(MANY_OWNERS)))
    assert [word.name for word in undone].count("undone") == 1
    restore = [RestoreExpired(each.units, shop.clock, GrantAccess(shop.policy)) for each in (shop, replica)]
    for job in await shop.jobs("core.restore_swept"):
        ended = SubscriptionId(UUID(job["subscription_id"]))
        await asyncio.gather(*(each(bulk_expiry, ended) for each in restore), return_exceptions=True)
        await restore[0](bulk_expiry, ended)
    assert await live(shop, plan, people) == MANY
    async with shop.units() as uow:
        assert {case.state for case in await uow.bulk_expiries.list_entries(bulk_expiry)} == {
            BulkExpiryEntryState.RESTORED
        }


async def test_unfinished_subscription_check_does_not_block_the_bulk_expiry_question_to_the_owner(
    shop: Shop, sold: tuple[ServicePlan, list[Customer]]
) -> None:
    plan, people = sold
    await shop.run_due()
    jobs = [SubscriptionId(UUID(job["subscription_id"])) for job in await shop.jobs("core.check_subscription")]
    for job in jobs[:-1]:
        await shop.check(job)
    complete = CompleteBulkExpiries(shop.units, shop.clock)
    assert await complete() == 0
    shop.clock.advance(shop.policy.check_interval)
    assert await complete() == 1
    question = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "sweep_held"][-1]
    assert question["facts"]["people"] == str(MANY)
    assert await live(shop, plan, people) == MANY
