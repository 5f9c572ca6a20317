"""Two plans paid once that both run: neither goes over to the other, and their owner reads what they can do instead."""

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
    """The use cases over either."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
async def ana(shop: Shop) -> PaidMember:
    """The middle plan for twelve days more, and the dear one for thirty."""
    member = await paid_member(shop)
    shop.clock.advance(18 * DAY)
    await shop.deliver(await member.buys("dear"))
    return member


def pairs(found: Sequence[HeldBeside]) -> set[tuple[str, str, bool]]:
    return {(item.from_soft_id, item.to_soft_id, item.is_later) for item in found}


def buttons(screen: Screen) -> list[str]:
    rows = screen.markup.inline_keyboard if screen.markup else []
    return [item.text for row in rows for item in row]


async def told(shop: Shop, customer: Customer, soft_id: str) -> Screen:
    """After «Cambiar de plan» of one of them."""
    return await ChangeDesk(shop.changes).choose(customer, ES, soft_id)


async def test_what_is_said_comes_true(shop: Shop, ana: PaidMember) -> None:
    """Once the shorter one is over what is left of the longer one goes over to it; the other way round never."""
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


async def test_it_is_said_where_they_look_for_it(shop: Shop, ana: PaidMember) -> None:
    card = await told(shop, ana.customer, "dear")
    assert "Cambiar de Dear a otro plan" in card.text
    assert "cuando termine Middle, si no lo has alargado, puedes pasar a Middle" in card.text
    await shop.change_plan(replace(ana.plans["cheap"], active=False))
    card = await told(shop, ana.customer, "middle")
    assert "Middle es tuyo hasta ese día y no se vuelve a cobrar" in card.text
    assert buttons(card) == ["🔄 Renovar Dear", "Mi suscripción", "Ver Planes"]


async def test_a_button_from_before_says_it_too(shop: Shop) -> None:
    ana = await paid_member(shop)
    shop.clock.advance(18 * DAY)
    quote = await ana.quote("dear")
    await shop.deliver(await ana.buys("dear"))
    desk, offer = ChangeDesk(shop.changes), quote.offer
    again = await desk.quote(ana.customer, ES, offer.to_soft_id, offer.subscription)
    assert "Tienes Middle hasta el" in again.text
    which = await desk.which(ana.customer, ES, "dear")
    assert which.text == again.text


async def test_nothing_is_said_where_the_one_would_not_go_over_anyway(shop: Shop, ana: PaidMember) -> None:
    """For another reason, which time does not mend."""
    await shop.change_plan(replace(ana.plans["middle"], price=Money(2900, "USD")))
    assert pairs(await shop.changes.list_beside(ana.to)) == {("middle", "dear", False)}
    async with shop.units() as uow:
        customer = await uow.customers.get(ana.customer.id, lock=True)
        assert customer is not None
        customer.barred_at = shop.clock.now()
        await uow.customers.save(customer)
        await uow.commit()
    assert await shop.changes.list_beside(ana.to) == []
