"""Changes of plans paid once, and what was ordered of either plan before: in memory and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.paid_member import DAY, PaidMember, paid_member

__all__ = ["database"]

HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """The use cases over either."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database, pool_size=30)
    yield database_shop(engine)
    await engine.dispose()


async def offered(ana: PaidMember) -> set[str]:
    return {offer.to_soft_id for offer in await ana.shop.changes.offers(ana.to)}


async def test_nobody_goes_over_to_a_plan_whose_money_a_person_looks_into(shop: Shop) -> None:
    ana = await paid_member(shop)
    shop.clock.advance(31 * DAY)
    await ana.over()
    wrong = replace(await ana.buys("dear"), amount=Money(100, "EUR"))
    await shop.deliver(wrong)
    shop.clock.advance(HOUR)
    await shop.deliver(await ana.buys("middle"))
    assert await offered(ana) == {"cheap"}
    assert len((await shop.status(ana.to)).reviews) == 1


async def test_a_change_makes_good_for_no_money_that_waits(shop: Shop) -> None:
    """Where a provider has changed the plan, nobody was asked whether it may."""
    ana = await paid_member(shop)
    shop.clock.advance(31 * DAY)
    await ana.over()
    await shop.deliver(replace(await ana.buys("dear"), amount=Money(100, "EUR")))
    shop.clock.advance(HOUR)
    await shop.deliver(await ana.buys("middle"))
    shop.clock.advance(HOUR)
    held, dear = await ana.subscription(), ana.plans["dear"]
    async with shop.units() as uow:
        known = await uow.subscriptions.get(held.id, lock=True)
        assert known is not None
        before, after = (known.plan_id, known.price), (dear.id, dear.price)
        change = PlanChange.of(known.id, before, after, shop.clock.now())
        await uow.subscriptions.add_change(change)
        known.switch(change, None, shop.clock.now())
        await uow.subscriptions.save(known)
        await uow.commit()
    assert [review.soft_id for review in (await shop.status(ana.to)).reviews] == ["dear"]
