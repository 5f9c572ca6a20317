"""Problems with the VIP channel, as shown to its customers and its owners."""

from __future__ import annotations

from typing import Any

import pytest

from subscriptions.domain.entities.subscription import STAFF
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.integration.bot.conftest import Stage, buttons, until
from tests.integration.bot.vip import a_vip_channel, last, redeem


async def owner(stage: Stage) -> Any:
    """Return the Telegram client of the owner named in the settings."""
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
        telegram.channels.edit_admin(vip.channel.owner, vip.channel, stage.bot.id, {"can_post_messages"})
        stage.sandbox.world.commit()
        reported = await olga.said("A un bot le faltan permisos en un chat tuyo", after=seq)
        assert "Falta: invitar, expulsar" in reported["text"]
        telegram.channels.edit_admin(vip.channel.owner, vip.channel, stage.bot.id, set())
        stage.sandbox.world.commit()
        await olga.said("Un bot ya no está en un chat tuyo", after=seq)


async def test_vip_plans_are_not_offered_before_the_channel_is_set_up(stage: Stage) -> None:
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
