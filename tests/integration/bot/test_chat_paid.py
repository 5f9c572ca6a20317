"""Payment inside the chat with the running bot: the approval before the charge, and the payment events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.infrastructure.database.codecs import PAYMENT_EVENT
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from tests.integration.bot.conftest import Message, Phone, Stage, until
from tests.integration.bot.test_buying import to_payment
from tests.integration.bot.test_updates import taken
from tests.support.stars import paid


@pytest.fixture
async def till(stage: Stage) -> AsyncIterator[Stage]:
    """Set up the stage with one provider that sells inside the chat."""
    environ = {
        "STARS": "on",
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": stage.bot.token,
        "TELEGRAM_BOT_API_BASE": stage.sandbox.url,
    }
    registry = GatewayFactory(environ, stage.core.clock())
    stage.core.gateways.override(registry)
    async with stage.core.units()() as uow:
        plan = await uow.plans.by_soft_id("retabet")
        assert plan is not None
        own = Money(1500, "XTR")
        await uow.plans.save_price(
            PlanPaymentPrice(plan_id=plan.id, provider="stars", external_price_id=None, price=own)
        )
        await uow.commit()
    yield stage
    await registry.aclose()


async def inbox(stage: Stage) -> list[dict[str, Any]]:
    async with stage.core.engine().connect() as connection:
        found = await connection.execute(text("SELECT * FROM webhook_inbox ORDER BY received_at"))
        return [dict(row) for row in found.mappings()]


async def stored_events(stage: Stage, number: int) -> list[dict[str, Any]]:
    """Wait until the inbox contains the given number of events, and return them."""

    async def enough() -> list[dict[str, Any]] | None:
        rows = await inbox(stage)
        return rows if len(rows) >= number else None

    found: list[dict[str, Any]] = await until(enough, f"{number} events in the inbox")
    return found


async def pays(phone: Phone, message: Message, whose: Phone | None = None) -> dict[str, Any]:
    return await phone.do("pay_stars", peer=(whose or phone).bot, message_id=message["id"])


async def test_approved_payment_is_charged_and_stored_once(till: Stage) -> None:
    async with till.running():
        ana = await till.person()
        message = await to_payment(ana)
        answer = await pays(ana, message)
        assert answer["result"] == "paid", answer
        (row,) = await stored_events(till, 1)

        assert row["provider"] == "stars"
        assert answer["charge_id"] in row["event_key"]
        assert await ana.messages()
        # The same update again, as after a process that was killed before it marked the update as done.
        async with till.core.engine().begin() as connection:
            await connection.execute(text("UPDATE bot_updates SET done_at = NULL"))
        await ana.send("/paysupport")
        await ana.said("Ayuda con un pago")
        assert len(await inbox(till)) == 1


async def test_payment_cancellation_and_resumption_of_a_stars_subscription_are_stored_as_events(till: Stage) -> None:
    async with till.running():
        ana = await till.person()
        charge = (await pays(ana, await to_payment(ana)))["charge_id"]
        await stored_events(till, 1)
        for action in ("cancel", "resume"):
            answer = await till.http.post(f"/subscriptions/stars/{ana.id}:{charge}/{action}")
            assert answer.status_code == 200, answer.text
        rows = await stored_events(till, 3)

        kinds = ["payment_completed", "subscription_canceled", "subscription_updated"]
        assert [PAYMENT_EVENT.load(row["event"]).kind for row in rows] == kinds


async def test_payment_of_an_expired_order_is_refused_before_the_charge(till: Stage) -> None:
    async with till.running():
        eve = await till.person("Eve")
        message = await to_payment(eve)
        async with till.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(eve.id))
            assert customer is not None
            (order,) = await uow.orders.open_of(customer.id)
            order.expire()
            await uow.orders.save(order)
            await uow.commit()
        assert order.status is OrderStatus.EXPIRED
        answer = await pays(eve, message)

        assert answer["result"] == "refused"
        assert "caducado" in answer["refused"]
        assert await inbox(till) == []


async def test_payment_without_a_provider_alerts_the_owner(stage: Stage) -> None:
    owner = Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username)
    async with stage.running():
        await owner.start()
        await owner.said("Bienvenido")
        await asyncio.gather(taken(stage, paid()), taken(stage, paid()))
        alarm = await owner.said("ninguna forma de pago")

        assert "900001" in alarm["text"]
