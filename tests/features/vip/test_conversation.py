"""Entry steps in the chat, from the code to the channel."""

from __future__ import annotations

from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.test_vip import CARD
from tests.integration.bot.vip import a_vip_channel, a_vip_plan, last, redeem, the_link


async def test_entry_card_shows_the_plan_and_the_first_step(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code(await a_vip_plan(stage, "premium", "Plan Mensual Premium"))
        await redeem(ana, made.token)
        card = await ana.said(CARD)
        assert "Paso 1 de 3" in card["text"]
        assert list(buttons(card)) == ["Continuar"]


async def test_used_code_is_refused_to_others_and_leads_its_user_back_to_the_entry_steps(stage: Stage) -> None:
    async with stage.running():
        vip, ana, eve = await a_vip_channel(stage), await stage.person("Ana"), await stage.person("Eve")
        made = await vip.code()
        asked = await redeem(ana, made.token)
        card = await ana.said("¡Suscripción VIP Activada!", after=asked["seq"])
        await eve.start(made.token)
        assert "Ver Planes" in buttons(await eve.said("ya lo usó otra cuenta"))
        await ana.start(made.token)
        again = await ana.said("Ya usaste ese código", after=card["seq"])
        await ana.press(again, button="Continuar mi entrada")
        await ana.said("Paso 1 de 3", after=again["seq"])
        assert await vip.subscriptions(ana) == 1
        assert await vip.subscriptions(eve) == 0


async def test_customer_completes_all_entry_steps_within_one_message(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        third = await vip.third(ana)
        assert [item["from"]["is_bot"] for item in await ana.messages()] == [False, True]
        entry = await vip.entry(ana)
        assert entry is not None
        assert (entry.vip_entry_stage, len(entry.vip_entry_token or "")) == (3, 64)
        await vip.enter(ana, the_link(third, "Cruzar el umbral"))
        entry = await vip.entry(ana)
        assert entry is not None
        assert (entry.vip_entry_stage, entry.vip_entry_token) == (None, None)


async def test_buttons_pressed_out_of_order_or_twice_change_nothing(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        first = await vip.activated(ana)
        await ana.press(first, data="vip_stage_2")
        await ana.press(first, data="vip_stage_3")
        await ana.said("Paso 1 de 3")
        await ana.press(first, data="vip_stage_1")
        await ana.press(first, data="vip_stage_1")
        second = await ana.said("Paso 2 de 3")
        await ana.press(second, data="vip_stage_2")
        third = await ana.said("Paso 3 de 3")
        url = the_link(third, "Cruzar el umbral")
        await ana.press(third, data="vip_stage_2")
        await ana.press(third, data="vip_stage_1")
        await ana.send("/estado")
        card = await ana.said("Tu entrada: paso 3 de 3", after=third["seq"])
        assert the_link(card, "Cruzar el umbral") == url
        assert len(await stage.calls("createChatInviteLink")) == 1
        await vip.enter(ana, url)
        await ana.press(card, data="vip_stage_3")
        await ana.said("Ya estás dentro del canal VIP")


async def test_second_code_restarts_the_entry_steps(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        first = await vip.activated(ana)
        await ana.press(first, button="Continuar")
        second = await ana.said("Paso 2 de 3", after=first["seq"])
        await redeem(ana, (await vip.code()).token)
        again = await ana.said("¡Suscripción VIP Extendida!", after=second["seq"])
        assert "Días Restantes: 60" in again["text"]
        assert "Paso 1 de 3" in again["text"]
        # The earlier button belongs to a stage that is no longer current.
        await ana.press(second, data="vip_stage_2")
        await ana.said("Paso 1 de 3", after=again["seq"])
        await ana.press(again, button="Continuar")
        await ana.said("Paso 2 de 3", after=again["seq"])
        assert await vip.subscriptions(ana) == 1


async def test_member_can_redeem_a_code_of_another_plan(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        third = await vip.third(ana)
        await vip.enter(ana, the_link(third, "Cruzar el umbral"))
        seq = await last(ana)
        other = await a_vip_plan(stage, "vip-anual", "VIP Anual", duration_days=365)
        await redeem(ana, (await vip.code(other)).token)
        card = await ana.said("¡Suscripción VIP Activada!", after=seq)
        assert "Plan: VIP Anual" in card["text"]
        assert "Ya estás dentro del canal VIP" in card["text"]
        assert "Paso 1" not in card["text"]
        assert vip.inside(ana)
