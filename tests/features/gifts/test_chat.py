"""Gifts in the running bot."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.order import Order
from subscriptions.domain.ids import TelegramId
from tests.fakes import samples
from tests.features.promotions.test_chat import made
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner
from tests.integration.bot.test_buying import to_card


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
            order = Order.open(customer.id, plan.as_gift(), now, now + timedelta(minutes=35), gift=True)
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


async def test_buyer_of_a_gift_reads_that_promotions_do_not_count(stage: Stage) -> None:
    async with stage.running():
        await made(await owner(stage), "REGALO20", "20 %")
        for code, told in (("", False), ("promo_REGALO20", True)):
            ana = await stage.person("Ana")
            await ana.start(code)
            if told:
                await ana.press(await ana.said("Código REGALO20: 20\xa0% menos"), data="plan_select_retabet")
                card = await ana.said("Pagas 23,99\xa0€ en vez de 29,99\xa0€")
            else:
                card = await to_card(ana)
            await ana.press(card, button="Regalar")
            ways = await ana.said("Lo pagas una sola vez", after=card["seq"])
            assert "29,99\xa0€" in ways["text"]
            assert ("Tu promoción no cuenta en los regalos" in ways["text"]) is told
