"""Alarms about a subject whose row is unreadable: the alarm reaches the owners, and the list of alarms can be
opened.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.alarms.alarms import SeeAlarms
from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryNotifier
from tests.fakes.units import Units

OLGA = TelegramId(77)


@pytest.mark.parametrize(
    "damage",
    [
        "service_plans SET texts = '[7]'",
        "subscriptions SET status = 'nonsense'",
        "orders SET status = 'nonsense'",
        "resources SET kind = 'nonsense'",
    ],
)
async def test_alarm_with_an_unreadable_subject_is_sent_and_shown_to_staff(
    engine: AsyncEngine, units: Units, damage: str
) -> None:
    shop = Shop(units, engine=engine, clock=ManualClock(NOON + timedelta(hours=1)))
    async with units() as uow:
        sale = await selling(uow)
        await uow.customers.save(samples.customer(telegram_id=OLGA, staff_role=StaffRole.OWNER))
        await uow.commit()
    table = damage.split(maxsplit=1)[0]
    async with engine.begin() as connection:
        checks = text("SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(:table) AND contype = 'c'")
        for check in (await connection.execute(checks, {"table": table})).scalars().all():
            await connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{check}"'))
        await connection.execute(text(f"UPDATE {damage}"))
    facts = {"subscription": str(sale.subscription.id), "order": str(sale.order.id)}
    notifier = MemoryNotifier()
    announce = Announce(units, notifier, shop.clock, shop.policy, shop.gateways)
    await announce.alarm("customer_gone:1", "renewal_without_channel", facts, frozenset({OLGA}))
    assert len(notifier.said) == 1
    see = SeeAlarms(units, shop.clock, StaffDesk(units, shop.clock), shop.gateways)
    assert len(await see.open(OLGA)) == 1
