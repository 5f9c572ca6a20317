"""The figures of a month, for whoever of staff may see them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.views.see_figures import MONTHS, SeeFigures
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.money import Money
from subscriptions.domain.services.zones import HOME
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

EUROS = Money(2999, "EUR")
NOTHING = Money(0, "EUR")


async def test_what_was_sold_recurs_until_it_is_over_and_is_seen_by_its_way(shop: Shop) -> None:
    see = SeeFigures(shop.units, shop.clock, StaffDesk(shop.units, shop.clock))
    olga = (await shop.customer(staff_role=StaffRole.MANAGER)).telegram_id
    plan = await shop.plan()
    _, session = await shop.checkout(await shop.customer(source="spring"), plan)
    await shop.deliver(*shop.provider.pay(session))

    months = await see.recurring(olga, HOME)
    assert len(months) == MONTHS
    assert (months[-1].opening, months[-1].new, months[-1].closing, months[-1].payers) == (NOTHING, EUROS, EUROS, 1)
    (month,) = [await see.month(olga, HOME)]
    (line,) = month.revenue
    assert (line.plan, line.provider, line.amount, line.payments) == (plan.label, "acme", EUROS, 1)
    assert [(each.source, each.started, each.paid) for each in month.funnel if each.paid] == [("spring", 1, 1)]
    assert [each.size for each in await see.cohorts(olga, HOME)][-1] == 1

    shop.clock.advance(PERIOD + timedelta(days=40))
    before = await see.month(olga, HOME, back=2)
    assert [each.amount for each in before.revenue] == [EUROS]
    assert (await see.recurring(olga, HOME))[-1].closing == EUROS


async def test_who_may_not_see_numbers_sees_no_figures(shop: Shop) -> None:
    see = SeeFigures(shop.units, shop.clock, StaffDesk(shop.units, shop.clock))
    ana = (await shop.customer(staff_role=StaffRole.SUPPORT)).telegram_id
    for ask in (see.recurring, see.cohorts, see.month):
        with pytest.raises(NotAllowed):
            await ask(ana, HOME)
