"""The figures of a month, for authorized staff."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from features.figures.domain.figures import Part
from features.figures.use_cases.keep_figures import KeepFigures
from features.figures.use_cases.see_figures import (
    COMPARED,
    COUNT_AGAIN,
    EXPECTED,
    KEPT_FOR,
    MONTHS,
    QUESTIONS,
    WANTED_FOR,
    Question,
    SeeFigures,
    count_now,
    to_keep,
)
from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import PlanId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.zones import HOME
from tests.fakes.memory import Memory
from tests.fakes.provider import PERIOD
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.fakes.units import route_by_name
from tests.features.figures.test_repository import EDGES, Books

EUROS = Money(2999, "EUR")
NOTHING = Money(0, "EUR")


def seeing(shop: Shop, large: int = 10**6) -> SeeFigures:
    return SeeFigures(shop.units, shop.clock, StaffDesk(shop.units, shop.clock), HOME, large)


async def test_recurring_revenue_counts_until_the_subscription_ends_and_is_split_by_provider(shop: Shop) -> None:
    see = seeing(shop)
    olga = (await shop.customer(staff_role=StaffRole.MANAGER)).telegram_id
    plan = await shop.plan()
    _, session = await shop.checkout(await shop.customer(source="spring"), plan)
    await shop.deliver(*shop.provider.pay(session))

    months = (await see.recurring_revenue(olga)).lines
    assert len(months) == MONTHS
    assert (months[-1].opening, months[-1].new, months[-1].closing, months[-1].payers) == (NOTHING, EUROS, EUROS, 1)
    (line,) = (await see.revenue(olga, months=1)).lines
    assert (line.plan_id, line.provider, line.amount, line.payments) == (plan.id, "acme", EUROS, 1)
    assert (await see.revenue(olga, part=Part(provider="coins"))).lines == []
    funnel = (await see.funnel(olga)).lines
    assert [(each.source, each.started, each.paid) for each in funnel if each.paid] == [("spring", 1, 1)]
    assert [each.size for each in (await see.cohorts(olga)).lines][-1] == 1

    shop.clock.advance(PERIOD + timedelta(days=40))
    assert [each.amount for each in (await see.revenue(olga, months=3)).lines] == [EUROS]
    assert (await see.recurring_revenue(olga)).lines[-1].closing == EUROS


async def test_staff_without_the_permission_see_no_figures(shop: Shop) -> None:
    see = seeing(shop)
    ana = (await shop.customer(staff_role=StaffRole.SUPPORT)).telegram_id
    for ask in (see.recurring_revenue, see.cohorts, see.revenue, see.funnel, see.churn, see.entry_times):
        with pytest.raises(NotAllowed):
            await ask(ana)
    with pytest.raises(NotAllowed):
        await see.note_export(ana, "recurring", {})


async def test_figures_of_a_large_business_are_cached_and_refreshed_on_request(shop: Shop) -> None:
    see, keep = seeing(shop, large=1), KeepFigures(shop.units, shop.clock, HOME)
    olga = (await shop.customer(staff_role=StaffRole.MANAGER)).telegram_id
    assert not await keep()
    first = await see.recurring_revenue(olga)
    assert (first.at, first.lines) == (shop.clock.now(), [])

    _, session = await shop.checkout(await shop.customer(), await shop.plan())
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(COUNT_AGAIN / 2)
    assert not await keep()
    assert await see.recurring_revenue(olga) == first
    assert (await see.recurring_revenue(olga, refresh=True)).lines != []

    shop.clock.advance(COUNT_AGAIN)
    assert await keep()
    assert not await keep()
    assert (await see.recurring_revenue(olga)).at == shop.clock.now()
    shop.clock.advance(2 * KEPT_FOR)
    assert (await see.recurring_revenue(olga)).at == shop.clock.now()
    shop.clock.advance(WANTED_FOR + timedelta(minutes=1))
    assert not await keep()


async def test_figures_that_staff_of_a_large_shop_will_probably_request_are_precalculated(shop: Shop) -> None:
    see, keep = seeing(shop, large=1), KeepFigures(shop.units, shop.clock, HOME)
    olga = (await shop.customer(staff_role=StaffRole.MANAGER)).telegram_id
    await seeing(shop, large=1_000).expect(olga)
    await see.expect((await shop.customer()).telegram_id)
    assert not await keep(), "a small business is counted when somebody looks, and for staff alone"
    await see.expect(olga)
    for question in EXPECTED:
        assert await keep(), question
    assert not await keep()
    counted_at = shop.clock.now()
    shop.clock.advance(timedelta(minutes=1))
    for ask in (see.recurring_revenue, see.revenue, see.cohorts, see.funnel, see.churn, see.entry_times):
        assert (await ask(olga, COMPARED)).at == counted_at
    await see.expect(olga)
    assert not await keep(), "what is there is counted when its time comes"


@pytest.mark.parametrize("name", QUESTIONS)
async def test_cached_figures_equal_the_calculated_figures(name: str) -> None:
    books, memory = Books(Random(7)).invent(), Memory()
    async with MemoryUnitOfWork(memory, route_by_name) as uow:
        await books.keep(uow)
    question = Question(name=name, months=len(EDGES) - 1)
    async with MemoryUnitOfWork(memory, route_by_name) as uow:
        found = await count_now(uow, question, EDGES, NOON)
    assert len(found.lines) > 0
    kept = to_keep(question, found, asked_at=NOON)
    assert QUESTIONS[name][0].validate_json(kept.answer) == list(found.lines)
    odd = replace(question, part=Part(plan_id=PlanId(new_uuid()), provider="acme"))
    assert [Question.parse(str(each)) for each in (question, odd)] == [question, odd]


async def test_opened_link_is_counted_once_per_person_including_known_customers(shop: Shop) -> None:
    see, meet = seeing(shop), MeetCustomer(shop.units, shop.clock)
    olga = (await shop.customer(staff_role=StaffRole.MANAGER)).telegram_id
    known = Person(telegram_id=TelegramId(71), first_name="Ana", username=None, language_code="es")
    await meet(known)
    for person in (known, known, replace(known, telegram_id=TelegramId(72))):
        await meet(person, source="spring")
        shop.clock.advance(timedelta(minutes=1))
    await meet(known)
    lines = {line.source: line for line in (await see.funnel(olga, months=1)).lines}
    # The source of a customer is the first link; opened links are counted for every customer.
    assert (lines["spring"].opened, lines["spring"].started) == (2, 2)
    await meet(known, source="autumn")
    lines = {line.source: line for line in (await see.funnel(olga, months=1)).lines}
    assert (lines["autumn"].opened, lines["autumn"].started) == (1, 0)
