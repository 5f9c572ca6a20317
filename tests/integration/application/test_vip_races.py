"""VIP codes, entry steps and bulk expiry under concurrency on PostgreSQL, and the operator's documented verification of
the entry steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest

from subscriptions.application.catalog.plan_catalog import MAX_AGE_S, PlanCatalog
from subscriptions.application.expiry.bulk_expiry_guard import FLOOR
from subscriptions.application.vip.code_answers import Activation, CodeRefusal, TokenRefusal
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.bulk_expiry import BulkExpiryStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.fakes.shop import Shop
from tests.support.vip import VipShop, the_operators_own_verification


@pytest.fixture
async def vip(shop: Shop) -> VipShop:
    return await VipShop.open(shop)


async def test_code_used_by_fifty_customers_at_once_is_redeemed_once(vip: VipShop) -> None:
    plan = await vip.plan()
    token = await vip.token(plan)
    people = [await vip.shop.customer() for _ in range(50)]
    outcomes = await asyncio.gather(*(vip.activate(person.telegram_id, token) for person in people))
    refused = [outcome for outcome in outcomes if isinstance(outcome, CodeRefusal)]
    assert len(refused) == 49
    assert {outcome.reason for outcome in refused} == {TokenRefusal.USED}
    async with vip.shop.units() as uow:
        subscriptions = [item for person in people for item in await uow.subscriptions.of_customer(person.id)]
        known = await uow.of(TOKENS_KEY).by_token(token)
    assert len(subscriptions) == 1
    assert known is not None
    assert (known.used_by, known.opened) == (subscriptions[0].customer_id, 50)


async def test_every_code_used_concurrently_by_one_customer_is_applied(vip: VipShop) -> None:
    plan, person = await vip.plan(), await vip.shop.customer()
    tokens = [await vip.token(plan) for _ in range(5)]
    outcomes = await asyncio.gather(*(vip.activate(person.telegram_id, token) for token in tokens))
    assert all(isinstance(outcome, Activation) for outcome in outcomes)
    async with vip.shop.units() as uow:
        [subscription] = await uow.subscriptions.of_customer(person.id)
    assert subscription.access_until == vip.shop.clock.now() + timedelta(days=150)


async def test_entry_steps_on_postgresql_pass_the_operators_verification(vip: VipShop) -> None:
    await the_operators_own_verification(vip.entry, (await vip.vip()).telegram_id)


async def test_bulk_expiry_counts_a_locked_customer(vip: VipShop, replica: Shop) -> None:
    plan = await vip.plan()
    people = [await vip.inside(plan) for _ in range(FLOOR + 1)]
    vip.shop.clock.advance(timedelta(days=31))
    async with replica.units() as elsewhere:
        assert await elsewhere.subscriptions.live_for(people[0].id, plan.id, lock=True)
        assert await vip.bulk_expiry() == 0
    assert await vip.bulk_expiry() == 0
    async with vip.shop.units() as uow:
        (held,) = await uow.bulk_expiries.with_status(BulkExpiryStatus.ASKING)
        assert len(await uow.bulk_expiries.list_entries(held.id)) == len(people)


async def test_concurrent_presses_advance_one_step(vip: VipShop) -> None:
    person = await vip.vip()
    pressed = await asyncio.gather(*(vip.entry.advance_stage(person.telegram_id, 1) for _ in range(8)))
    assert sorted(pressed) == [False] * 7 + [True]
    assert await vip.entry.get_current_stage(person.telegram_id) == 2


async def test_two_plans_that_end_at_once_leave_no_access(vip: VipShop) -> None:
    first, second = await vip.plan("Uno"), await vip.plan("Dos")
    person = await vip.inside(first)
    await vip.come(person, second)
    now = vip.shop.clock.now()

    async def end(plan_id: object) -> None:
        async with vip.shop.units() as uow:
            [subscription] = [
                item for item in await uow.subscriptions.of_customer(person.id) if item.plan_id == plan_id
            ]
            plan = first if plan_id == first.id else second
            subscription.end("refunded", now)
            await uow.subscriptions.save(subscription)
            await vip.granting.settle(uow, subscription, person, plan, now)
            await uow.commit()

    await asyncio.gather(end(first.id), end(second.id))
    assert (await vip.access_of(person)).status is AccessStatus.REVOKING


async def test_concurrent_link_requests_leave_one_link(vip: VipShop) -> None:
    person = await vip.vip()
    await vip.entry.advance_stage(person.telegram_id, 1)
    await vip.entry.advance_stage(person.telegram_id, 2)
    links = await asyncio.gather(*(vip.entry.create_24h_invite_link(person.telegram_id) for _ in range(4)))
    assert len({link.invite_link for link in links if link is not None}) == 1
    await vip.tend(person.id, upkeep=True)
    assert len(vip.telegram.live_links(vip.channel)) == 1
    assert len(await vip.live_links(person)) == 1


async def test_concurrent_bulk_expiries_end_each_access_once(vip: VipShop) -> None:
    plan = await vip.plan()
    people = [await vip.vip(plan) for _ in range(4)]
    vip.shop.clock.advance(timedelta(days=30))

    async def bulk_expiry() -> int:
        try:
            return await vip.bulk_expiry()
        except RetryLater:
            return 0

    await asyncio.gather(bulk_expiry(), bulk_expiry())
    await bulk_expiry()
    for person in people:
        async with vip.shop.units() as uow:
            assert not any(item.live for item in await uow.subscriptions.of_customer(person.id))
    assert len(await vip.shop.notified("expired")) == 4


async def test_changed_plan_is_visible_in_other_processes_within_a_second(
    vip: VipShop, record_property: Callable[[str, object], None]
) -> None:
    """The catalogue belongs to another process, was read just before the change and receives no notification."""
    plan = await vip.plan()
    elsewhere = PlanCatalog(vip.shop.units)
    assert [item.name for item in (await elsewhere.offer()).plans] == [plan.name]
    await vip.pricing.update_plan(plan.id, name="Otro")
    began = monotonic()
    while [item.name for item in (await elsewhere.offer()).plans] != ["Otro"]:
        assert monotonic() - began < 90
        await asyncio.sleep(0.01)
    record_property("seen_after_s", round(monotonic() - began, 2))
    assert MAX_AGE_S < 1
