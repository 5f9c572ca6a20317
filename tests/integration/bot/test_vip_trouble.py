"""Problems with the VIP channel, as its customers and its owners see them."""

from __future__ import annotations

from typing import Any

import pytest

from subscriptions.domain.entities.subscription import STAFF
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.integration.bot.conftest import Stage, buttons, until
from tests.integration.bot.vip import RIGHTS, a_vip_channel, last, redeem, the_link


async def test_link_refused_by_telegram_is_requested_again(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        await stage.faults({"on": "bot_api", "do": "error", "method": "createChatInviteLink", "code": 400})
        third = await vip.third(ana)
        assert list(buttons(third)) == ["🔁 Intentar de nuevo"]
        await stage.faults()
        await ana.press(third, button="Intentar de nuevo")
        open_door = await ana.said("Paso 3 de 3 · La puerta está abierta", after=third["seq"])
        await vip.enter(ana, the_link(open_door, "Cruzar el umbral"))


async def test_customer_is_informed_while_the_bot_is_out_of_the_channel(stage: Stage) -> None:
    async with stage.running():
        vip, ana, telegram = await a_vip_channel(stage), await stage.person(), stage.sandbox.world.telegram
        telegram.channels.edit_admin(vip.place.owner, vip.place, stage.bot.id, set())
        stage.sandbox.world.commit()
        third = await vip.third(ana)
        assert "Tu acceso está a salvo" in third["text"]
        telegram.channels.edit_admin(vip.place.owner, vip.place, stage.bot.id, RIGHTS)
        stage.sandbox.world.commit()
        await ana.press(third, button="Intentar de nuevo")
        open_door = await ana.said("Paso 3 de 3 · La puerta está abierta", after=third["seq"])
        await vip.enter(ana, the_link(open_door, "Cruzar el umbral"))


async def test_banned_customer_gets_no_link(stage: Stage) -> None:
    members = stage.sandbox.world.telegram.members
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        members.ban(vip.place.owner, vip.place, ana.id)
        first = await vip.activated(ana)
        await ana.press(first, button="Continuar")
        second = await ana.said("Paso 2 de 3", after=first["seq"])
        await ana.press(second, button="Estoy listo")
        third = await ana.said("Un administrador te ha quitado el acceso", after=second["seq"])
        assert not [label for label, button in buttons(third).items() if "url" in button]
        assert members.is_banned(vip.place, ana.id)


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


async def owner(stage: Stage) -> Any:
    """Return the phone of the owner that the settings name."""
    (admin,) = stage.settings.admin_ids
    phone = await stage.person("Nadie")
    phone.id = admin
    return phone


async def test_owners_are_alerted_when_the_bot_is_removed(stage: Stage) -> None:
    async with stage.running():
        vip, olga = await a_vip_channel(stage), await owner(stage)
        await olga.start()
        seq = await last(olga)
        telegram = stage.sandbox.world.telegram
        telegram.channels.edit_admin(vip.place.owner, vip.place, stage.bot.id, {"can_post_messages"})
        stage.sandbox.world.commit()
        told = await olga.said("A un bot le faltan permisos en un chat tuyo", after=seq)
        assert "Falta: invitar, expulsar" in told["text"]
        telegram.channels.edit_admin(vip.place.owner, vip.place, stage.bot.id, set())
        stage.sandbox.world.commit()
        await olga.said("Un bot ya no está en el canal VIP", after=seq)


async def test_vip_plans_are_offered_once_the_channel_is_set_up(stage: Stage) -> None:
    async with stage.running():
        await a_vip_channel(stage, known=False)
        ana = await stage.person()
        await ana.send("/planes")
        before = await ana.said("Elige una casa de apuestas")
        assert not [text for text in buttons(before) if "VIP" in text]


async def test_log_lines_contain_no_code(
    stage: Stage, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code()
        await redeem(ana, made.token)
        await ana.said("¡Suscripción VIP Activada!")

        seen: list[str] = []

        async def logged() -> bool:
            out = capfd.readouterr()
            seen.append(out.out + out.err)
            # If an earlier test of this process configured logging, the lines go through the standard library.
            return "activado como VIP" in "".join(seen) + caplog.text

        await until(logged, "the activation is logged")
        text = "".join(seen) + caplog.text
        masked = f"{made.token[:4]}…"
        assert f"🔗 Deep link detectado: Token={masked} | User={ana.id}" in text
        assert f"✅ Usuario {ana.id} activado como VIP vía deep link | Plan: VIP Mensual" in text
        assert made.token not in text


async def test_code_for_a_paused_subscription_stays_valid(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        await vip.activated(ana)
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            (paused,) = await uow.of(VIP_KEY).live_subscriptions(customer.id)
            paused.pause(STAFF, stage.core.clock().now())
            await uow.subscriptions.save(paused)
            await uow.commit()
        code, seq = await vip.code(), await last(ana)
        await ana.start(code.token)
        card = await ana.said("Tu acceso a ese plan está en pausa", after=seq)
        assert "no hemos gastado el código" in card["text"]
        assert "Estado: En pausa" in card["text"]
        assert not await vip.spent(code)
