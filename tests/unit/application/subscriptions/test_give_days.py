"""Check that customers who are about to cancel can get free days once a year, with an audit entry, and only if the
operator's settings allow it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.subscriptions.give_days import AGAIN_AFTER, GiveDays, NoDaysLeft
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from tests.fakes.shop import POLICY, Shop, memory_shop

WEEK = timedelta(days=7)


def giving(shop: Shop, stay: timedelta = WEEK) -> GiveDays:
    policy = replace(POLICY, stay=stay)
    return GiveDays(shop.units, GiveTime(GrantAccess(policy)), shop.clock, policy)


async def sold() -> tuple[Shop, Customer, ServicePlan]:
    shop = memory_shop()
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    return shop, customer, plan


async def test_retention_days_are_granted_once_a_year() -> None:
    shop, ana, plan = await sold()
    give = giving(shop)
    before = (await shop.holding(ana, plan)).subscription.access_until
    assert before is not None
    assert await give.offer(ana.telegram_id) == WEEK

    await give(ana.telegram_id, plan.soft_id)

    assert (await shop.holding(ana, plan)).subscription.access_until == before + WEEK
    assert await give.offer(ana.telegram_id) == timedelta()
    with pytest.raises(NoDaysLeft):
        await give(ana.telegram_id, plan.soft_id)
    async with shop.units() as uow:
        lines = await uow.audit.of_subject(str(ana.id), 9)
    assert [(line.actor, line.action, line.facts) for line in lines] == [
        ("system", "customer.extend", {"plan": plan.soft_id, "days": "7"})
    ]
    shop.clock.advance(AGAIN_AFTER)
    assert await give.offer(ana.telegram_id) == WEEK


async def test_retention_days_require_the_setting_and_a_renewing_subscription() -> None:
    shop, ana, plan = await sold()
    assert await giving(shop, timedelta()).offer(ana.telegram_id) == timedelta()
    with pytest.raises(NoDaysLeft):
        await giving(shop, timedelta())(ana.telegram_id, plan.soft_id)
    held = (await shop.holding(ana, plan)).subscription
    await shop.provider.cancel_subscription(held.provider_ref or "")
    await shop.deliver(shop.provider.updated(held.provider_ref or ""))
    with pytest.raises(NoDaysLeft):
        await giving(shop)(ana.telegram_id, plan.soft_id)
