"""Failures and exceptions during the entry steps in the chat."""

from __future__ import annotations

from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.test_vip_trouble import owner
from tests.integration.bot.vip import RIGHTS, a_vip_channel, the_link


async def test_link_refused_by_telegram_is_requested_again(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        await stage.faults({"on": "bot_api", "do": "error", "method": "createChatInviteLink", "code": 400})
        third = await vip.third(ana)
        assert list(buttons(third)) == ["🔁 Intentar de nuevo"]
        await stage.faults()
        await ana.press(third, button="Intentar de nuevo")
        last_step = await ana.said("Paso 3 de 3 · La puerta está abierta", after=third["seq"])
        await vip.enter(ana, the_link(last_step, "Cruzar el umbral"))


async def test_customer_is_informed_while_the_bot_is_not_in_the_channel(stage: Stage) -> None:
    async with stage.running():
        vip, ana, telegram = await a_vip_channel(stage), await stage.person(), stage.sandbox.world.telegram
        first = await vip.activated(ana)
        telegram.channels.edit_admin(vip.channel.owner, vip.channel, stage.bot.id, set())
        stage.sandbox.world.commit()
        third = await vip.third(ana, first)
        assert "Tu acceso está a salvo" in third["text"]
        telegram.channels.edit_admin(vip.channel.owner, vip.channel, stage.bot.id, RIGHTS)
        stage.sandbox.world.commit()
        await ana.press(third, button="Intentar de nuevo")
        last_step = await ana.said("Paso 3 de 3 · La puerta está abierta", after=third["seq"])
        await vip.enter(ana, the_link(last_step, "Cruzar el umbral"))


async def test_banned_customer_gets_no_link(stage: Stage) -> None:
    members = stage.sandbox.world.telegram.members
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        members.ban(vip.channel.owner, vip.channel, ana.id)
        first = await vip.activated(ana)
        await ana.press(first, button="Continuar")
        second = await ana.said("Paso 2 de 3", after=first["seq"])
        await ana.press(second, button="Estoy listo")
        third = await ana.said("Un administrador te ha quitado el acceso", after=second["seq"])
        assert not [label for label, button in buttons(third).items() if "url" in button]
        assert members.is_banned(vip.channel, ana.id)


async def test_staff_member_may_use_a_code(stage: Stage) -> None:
    async with stage.running():
        vip = await a_vip_channel(stage)
        olga = await owner(stage)
        third = await vip.third(olga)
        await vip.enter(olga, the_link(third, "Cruzar el umbral"))
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(olga.id))
        assert customer is not None
        assert customer.staff_role == "owner"
