"""A payment of the lost hours is placed where its plan is certain, and else put before the owners at once."""

from __future__ import annotations

import pytest

from bot.screens.alarms import alarm
from bot.texts import texts_for
from subscriptions.application.alarms.alarms import with_names
from subscriptions.application.payments.ask_provider import AskProvider
from subscriptions.application.recovery.recall_orders import PaymentToPlace, RecallOrders
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from tests.fakes.shop import Shop, memory_shop

PRICE = Money(2999, "EUR")
BEA = TelegramId(4242)


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


async def lost(shop: Shop) -> RecallOrders:
    """Somebody paid, and neither they nor their order are on record any more."""
    bea = await shop.customer(telegram_id=BEA, first_name="Bea")
    async with shop.units() as uow:
        plan = await uow.plans.by_soft_id("oro")
    assert plan is not None
    _, session = await shop.checkout(bea, plan)
    events = shop.provider.pay(session)
    for name in ("orders", "checkout_attempts", "customers"):
        shop.memory.tables[name] = []
    for event in events:
        await shop.store(event)
    return RecallOrders(shop.units, AskProvider(shop.units, shop.gateways, shop.clock), shop.clock)


async def alarms(shop: Shop) -> list[Alarm]:
    async with shop.units() as uow:
        return [each for each in await uow.alarms.open(9) if each.kind == PaymentToPlace.name]


async def test_an_amount_of_several_plans_is_told_at_once_with_a_button_that_gives_one(shop: Shop):
    for soft_id, name in (("oro", "Oro"), ("plata", "Plata"), ("bronce", "Bronce")):
        await shop.plan(soft_id=soft_id, name=name, price=PRICE)
    recall = await lost(shop)

    assert [await recall(), await recall()] == [0, 0]

    (raised,) = await alarms(shop)
    async with shop.units() as uow:
        told = await with_names(uow, raised.facts, shop.gateways)
    shown = alarm(texts_for("es"), {"alarm": raised.kind, **told})
    assert "29,99" in shown.text
    assert {"Oro", "Plata", "Bronce"} <= set(told["plans"].split(", "))
    assert shown.markup is not None
    assert shown.markup.inline_keyboard[0][0].text == "🎁 Regalar plan"


async def test_an_amount_of_one_plan_is_placed(shop: Shop):
    await shop.plan(soft_id="oro", name="Oro", price=PRICE)
    await shop.plan(soft_id="plata", name="Plata", price=Money(4999, "EUR"))
    recall = await lost(shop)

    assert await recall() == 1
    assert await alarms(shop) == []
