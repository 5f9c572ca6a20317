"""Two one-time plans that a customer has at the same time cannot be changed into each other; the customer is shown the
alternatives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from bot.routers.change import ChangeDesk
from bot.screens import Screen
from bot.texts import texts_for
from subscriptions.application.subscriptions.offered_changes import HeldBeside
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.paid_member import DAY, PaidMember, paid_member

__all__ = ["database"]

ES = texts_for("es")


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
async def ana(shop: Shop) -> PaidMember:
    """Create a member with twelve days of the middle plan left and thirty days of the expensive plan."""
    member = await paid_member(shop)
    shop.clock.advance(18 * DAY)
    await shop.deliver(await member.buys("dear"))
    return member


def pairs(found: Sequence[HeldBeside]) -> set[tuple[str, str, bool]]:
    return {(item.from_soft_id, item.to_soft_id, item.is_later) for item in found}


def buttons(screen: Screen) -> list[str]:
    rows = screen.markup.inline_keyboard if screen.markup else []
    return [item.text for row in rows for item in row]


async def shown(shop: Shop, customer: Customer, soft_id: str) -> Screen:
    """Return the screen after "Cambiar de plan" for one of the plans."""
    return await ChangeDesk(shop.changes).choose(customer, ES, soft_id)


async def test_customer_with_two_plans_is_advised_to_change_to_the_first_ending_plan_after_its_end(
    shop: Shop, ana: PaidMember
) -> None:
    """Once the plan that ends first has expired, the other plan can be changed to it. The reverse is never possible."""
    assert pairs(await shop.changes.list_beside(ana.to)) == {("dear", "middle", True), ("middle", "dear", False)}
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"cheap"}
    middle = next(item for item in await ana.live() if item.plan_id == ana.plans["middle"].id)
    assert middle.access_until is not None
    shop.clock.advance(middle.access_until - shop.clock.now())
    async with shop.units() as uow:
        held = await uow.subscriptions.get(middle.id, lock=True)
        assert held is not None
        held.end("period_over", shop.clock.now())
        await uow.subscriptions.save(held)
        await uow.commit()
    assert await shop.changes.list_beside(ana.to) == []
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"cheap", "middle"}


async def test_plan_change_screen_advises_to_wait_until_the_other_plan_ends(shop: Shop, ana: PaidMember) -> None:
    card = await shown(shop, ana.customer, "dear")
    assert "Cambiar de Dear a otro plan" in card.text
    assert "cuando termine Middle, si no lo has alargado, puedes pasar a Middle" in card.text
    await shop.change_plan(replace(ana.plans["cheap"], active=False))
    card = await shown(shop, ana.customer, "middle")
    assert "Middle es tuyo hasta ese día y no se vuelve a cobrar" in card.text
    assert buttons(card) == ["🔄 Renovar Dear", "Mi suscripción", "Ver Planes"]


async def test_outdated_plan_change_button_shows_the_advice_to_wait(shop: Shop) -> None:
    ana = await paid_member(shop)
    shop.clock.advance(18 * DAY)
    quote = await ana.quote("dear")
    await shop.deliver(await ana.buys("dear"))
    desk, offer = ChangeDesk(shop.changes), quote.offer
    again = await desk.quote(ana.customer, ES, offer.to_soft_id, offer.subscription)
    assert "Tienes Middle hasta el" in again.text
    which = await desk.which(ana.customer, ES, "dear")
    assert which.text == again.text


async def test_advice_to_wait_is_omitted_when_the_plan_change_is_impossible_for_another_reason(
    shop: Shop, ana: PaidMember
) -> None:
    """The reasons are another currency and a block of the customer, which do not disappear by waiting."""
    await shop.change_plan(replace(ana.plans["middle"], price=Money(2900, "USD")))
    assert pairs(await shop.changes.list_beside(ana.to)) == {("middle", "dear", False)}
    async with shop.units() as uow:
        customer = await uow.customers.get(ana.customer.id, lock=True)
        assert customer is not None
        customer.barred_at = shop.clock.now()
        await uow.customers.save(customer)
        await uow.commit()
    assert await shop.changes.list_beside(ana.to) == []
