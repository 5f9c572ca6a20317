"""Check that a free plan is granted by one press, without provider, payment or receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.checkout.give_free_plan import GiveFreePlan
from subscriptions.application.checkout.purchase_terms import AlreadySubscribed, Barred, FreePlan, TermsNotAccepted
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import PerPerson, ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.shop import Shop

FREE = Money(0, "EUR")
ONCE = {"recurring": False, "interval": None, "duration_days": 10}


def give(shop: Shop) -> GiveFreePlan:
    return GiveFreePlan(shop.units, shop.plans, GiveTime(GrantAccess(shop.policy)), shop.clock, shop.policy)


async def plan_of(shop: Shop, **more: Any) -> ServicePlan:
    return await shop.plan(price=FREE, **more)


@pytest.mark.parametrize(("more", "days"), [(ONCE, 10), ({}, 31)], ids=["by days", "by the month"])
async def test_free_plan_is_granted_at_once(shop: Shop, more: dict[str, Any], days: int):
    ana, plan = await shop.customer(), await plan_of(shop, **more)
    with pytest.raises(FreePlan):
        await shop.start(ana.telegram_id, plan.soft_id)
    given = await give(shop)(ana.telegram_id, plan.soft_id)
    held = await shop.holding(ana, plan)
    start = shop.clock.now()
    assert given.access_end == held.subscription.access_until
    assert abs((given.access_end - start) - timedelta(days=days)) <= timedelta(days=3)
    assert (held.subscription.status, held.payments) == (SubscriptionStatus.ACTIVE, [])
    assert (held.subscription.provider, held.subscription.order_id) == (None, None)
    assert len(held.accesses) == 1
    async with shop.units() as uow:
        (entry,) = await uow.ledger.of_subscription(held.subscription.id)
    assert entry.kind is LedgerKind.FREE_PERIOD
    assert shop.provider.requests == []


async def test_free_plan_is_granted_again_only_after_its_end(shop: Shop):
    ana, plan = await shop.customer(), await plan_of(shop, **ONCE, per_person=PerPerson.UNLIMITED)
    first = await give(shop)(ana.telegram_id, plan.soft_id)
    for attempt in (give(shop), shop.start):
        with pytest.raises(AlreadySubscribed):
            await attempt(ana.telegram_id, plan.soft_id)
    assert (await shop.status(ana.telegram_id)).live[0].renewable is False
    shop.clock.advance(timedelta(days=11))
    await shop.run_due()
    await shop.check((await shop.holding(ana, plan)).subscription.id)
    assert (await give(shop)(ana.telegram_id, plan.soft_id)).access_end > first.access_end


async def test_customer_who_has_not_accepted_the_terms_or_is_blocked_gets_no_free_plan(shop: Shop):
    plan = await plan_of(shop)
    new, barred = samples.customer(), await shop.customer(barred_at=shop.clock.now())
    async with shop.units() as uow:
        await uow.customers.save(new)
        await uow.commit()
    with pytest.raises(TermsNotAccepted):
        await give(shop)(new.telegram_id, plan.soft_id)
    with pytest.raises(Barred):
        await give(shop)(barred.telegram_id, plan.soft_id)


async def test_plan_with_a_price_is_not_granted(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    with pytest.raises(PlanUnavailable):
        await give(shop)(ana.telegram_id, plan.soft_id)


async def test_free_plan_has_no_payment_methods(shop: Shop):
    shop.sells_by_all()
    plan = await plan_of(shop)
    assert (await shop.plans.one(plan.soft_id)).methods == ()
