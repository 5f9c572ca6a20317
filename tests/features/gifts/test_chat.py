"""Gifts in the running bot."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.order import Order
from subscriptions.domain.ids import TelegramId
from tests.fakes import samples
from tests.integration.bot.conftest import Stage


async def test_unopened_gift_is_shown_on_the_status_card(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        now = stage.core.clock().now()
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            plan = await uow.plans.by_soft_id("retabet")
            assert customer is not None
            assert plan is not None
            order = Order.open(customer.id, plan.for_another(), now, now + timedelta(minutes=35), for_another=True)
            order.capture(now)
            await uow.orders.save(order)
            await uow.payments.add_if_new(samples.payment(order))
            await uow.commit()
        await ana.send("/estado")
        card = await ana.said("Regalo sin abrir")
        assert order.reference in card["text"]
        await ana.press(card, button="Gestionar")
        await ana.press(await ana.said("Gestionar", after=card["seq"]), button="Sin abrir: Retabet")
        assert "Ábrelo aquí cuando quieras" in (await ana.said("Un regalo para ti"))["text"]
