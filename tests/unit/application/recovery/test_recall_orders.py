"""Check that payments from the hours lost in a database restore are assigned if their plan is certain, and otherwise
reported to the owners.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.screens.alarms import alarm
from bot.texts import texts_for
from subscriptions.application.alarms.alarms import with_names
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.recovery.recall_orders import RecallOrders, UnassignedPayment
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from tests.fakes.former_accounts import Transfer
from tests.fakes.shop import Shop, memory_shop

PRICE = Money(2999, "EUR")
BEA = TelegramId(4242)


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


async def lost(shop: Shop, known: Customer | None = None) -> RecallOrders:
    """Create a payment whose order is no longer on record. The customer is also missing unless `known` is True."""
    bea = known or await shop.customer(telegram_id=BEA, first_name="Bea")
    async with shop.units() as uow:
        plan = await uow.plans.by_soft_id("oro")
    assert plan is not None
    _, session = await shop.checkout(bea, plan)
    events = shop.provider.pay(session)
    for name in ("orders", "checkout_attempts", *([] if known else ["customers"])):
        shop.memory.tables[name] = []
    for event in events:
        await shop.store(event)
    return RecallOrders(shop.units, FetchEventDetails(shop.units, shop.gateways, shop.clock), shop.clock)


async def alarms(shop: Shop) -> list[Alarm]:
    async with shop.units() as uow:
        return [each for each in await uow.alarms.open(9) if each.kind == UnassignedPayment.name]


async def test_payment_that_fits_several_plans_alerts_the_owners_with_a_gift_button(shop: Shop):
    for soft_id, name in (("oro", "Oro"), ("plata", "Plata"), ("bronce", "Bronce")):
        await shop.plan(soft_id=soft_id, name=name, price=PRICE)
    recall = await lost(shop)

    assert [await recall(), await recall()] == [0, 0]

    (raised,) = await alarms(shop)
    async with shop.units() as uow:
        reported = await with_names(uow, raised.facts, shop.gateways)
    shown = alarm(texts_for("es"), {"alarm": raised.kind, **reported})
    assert "29,99" in shown.text
    assert {"Oro", "Plata", "Bronce"} <= set(reported["plans"].split(", "))
    assert shown.markup is not None
    assert shown.markup.inline_keyboard[0][0].text == "🎁 Regalar plan"


async def test_payment_that_fits_one_plan_is_assigned(shop: Shop):
    await shop.plan(soft_id="oro", name="Oro", price=PRICE)
    await shop.plan(soft_id="plata", name="Plata", price=Money(4999, "EUR"))
    recall = await lost(shop)

    assert await recall() == 1
    assert await alarms(shop) == []


async def test_transferred_customer_is_identified_by_the_former_telegram_account(shop: Shop):
    """The account was transferred before the provider was queried, so the old Telegram id now belongs to another
    customer.
    """
    await shop.plan(soft_id="oro", name="Oro", price=PRICE)
    bea = await shop.customer(telegram_id=BEA, first_name="Bea")
    recall = await lost(shop, bea)
    shop.clock.advance(timedelta(hours=1))
    other = await shop.customer(telegram_id=TelegramId(777))
    async with shop.units() as uow:
        for customer, account in ((other, TelegramId(1)), (bea, other.telegram_id), (other, BEA)):
            row = await uow.customers.get(customer.id, lock=True)
            assert row is not None
            row.telegram_id = account
            await uow.customers.save(row)
        moved = Transfer(customer_id=bea.id, from_account=BEA, to_account=other.telegram_id, closed_at=shop.clock.now())
        uow.of(FORMER_ACCOUNTS_KEY).add(moved)
        await uow.commit()

    assert await recall() == 1

    assert [order.customer_id for order in shop.memory.tables["orders"]] == [bea.id]
