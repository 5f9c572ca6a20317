"""/paysupport, which Telegram's terms require of every bot that takes payments, is answered in every state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Phone, Stage


def bar(customer: Customer, stage: Stage) -> None:
    """Bar the customer from buying."""
    customer.barred_at = stage.core.clock().now()


def import_unopened(customer: Customer, stage: Stage) -> None:
    """Leave the customer as an import does, before they open the bot."""
    customer.unopened_at = stage.core.clock().now()


def block(customer: Customer, stage: Stage) -> None:
    """Leave the customer as one who blocked the bot and whose return was not reported."""
    customer.blocked_at = stage.core.clock().now()


def employ(customer: Customer, stage: Stage) -> None:
    """Make the customer a staff member."""
    customer.staff_role = StaffRole.SUPPORT


async def helped(ana: Phone) -> None:
    """Send the command, and check that the answer names the way to get help and the customer's reference."""
    await ana.send("/paysupport")
    answer = await ana.said("Ayuda con un pago")
    assert str(ana.id) in answer["text"]


async def test_newcomer_gets_payment_help(stage: Stage) -> None:
    async with stage.running():
        await helped(await stage.person())


@pytest.mark.parametrize("change", [bar, import_unopened, block, employ])
async def test_customer_gets_payment_help_in_every_state(
    stage: Stage, change: Callable[[Customer, Stage], None]
) -> None:
    ana = await stage.person()
    person = Person(telegram_id=TelegramId(ana.id), first_name="Ana", username=None, language_code="es")
    await MeetCustomer(stage.core.units(), stage.core.clock())(person)
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(ana.id), lock=True)
        assert customer is not None
        change(customer, stage)
        await uow.customers.save(customer)
        await uow.commit()
    async with stage.running():
        await helped(ana)
