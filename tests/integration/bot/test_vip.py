"""Codes and the ritual of entry in the chat, in order and out of order, and invalid codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes.resources import vip as shared_vip
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.vip import a_vip_channel, a_vip_plan, last, redeem, the_link

CARD = """🎉 ¡Suscripción VIP Activada!

Plan: Plan Mensual Premium
Precio: $9.99
Duración: 30 días
Días Restantes: 30

⭐ Tu rol ha sido actualizado a: Usuario VIP"""
DIRECT = f"""{CARD}

━━━━━━━━━━━━━━━━━━━━
Siguiente Paso:

Haz click en el botón de abajo para unirte al canal VIP exclusivo.

⚠️ El link expira en 5 horas."""


async def test_card_has_the_operators_wording(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code(await a_vip_plan(stage, "premium", "Plan Mensual Premium"))
        await redeem(ana, made.token)
        card = await ana.said(CARD)
        assert "Paso 1 de 3" in card["text"]
        assert list(buttons(card)) == ["Continuar"]


async def test_card_without_the_ritual(stage: Stage) -> None:
    stage.core.policy.override(replace(stage.core.policy(), vip_ritual=False))
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code(await a_vip_plan(stage, "premium", "Plan Mensual Premium"))
        await redeem(ana, made.token)
        card = await ana.said("¡Suscripción VIP Activada!")
        assert card["text"] == DIRECT
        await vip.enter(ana, the_link(card, "🔗 Unirte al canal Plan Mensual Premium"))


@pytest.mark.parametrize("shape", ["{lower}", "  {code} ", "{spaced}"])
async def test_code_is_accepted_in_any_spelling(stage: Stage, shape: str) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        code = (await vip.code()).token
        spaced = " ".join(code[at : at + 4] for at in range(0, 16, 4))
        await ana.send("/start " + shape.format(lower=code.lower(), code=code, spaced=spaced))
        await ana.press(await ana.said("Tu código"), data=f"use_code_{code}")
        await ana.said("¡Suscripción VIP Activada!")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"expires_at": timedelta(days=-1)}, "caducó"),
        ({"revoked_at": timedelta()}, "lo ha retirado"),
    ],
)
async def test_expired_or_revoked_code_is_refused(stage: Stage, columns: Mapping[str, timedelta], words: str) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        now = stage.core.clock().now()
        made = await vip.code(**{name: now + by for name, by in columns.items()})
        await ana.start(made.token)
        told = await ana.said(words)
        assert "Ver Planes" in buttons(told)
        assert not await vip.spent(made)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ABCD1234EFGH5678", "No encontramos el código"),
        ("ABCD-1234_EFGH-5", "No encontramos el código"),
        ("ABCD1234EFGH567", "tiene 15 caracteres"),
        ("ABCD1234EFGH56789", "tiene 17 caracteres"),
        ("x", "tiene 1 caracteres"),
    ],
)
async def test_unknown_code_is_refused(stage: Stage, typed: str, words: str) -> None:
    async with stage.running():
        await a_vip_channel(stage)
        ana = await stage.person()
        await ana.start(typed)
        assert "Ver Planes" in buttons(await ana.said(words))


@pytest.mark.parametrize("shape", ["{code}", "https://t.me/umbral_bot?start={code}", "t.me/umbral_bot?start={code}\n"])
async def test_pasted_code_is_accepted(stage: Stage, shape: str) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        await ana.start()
        made = await vip.code(token="ABCD1234EFGH5678")
        await ana.send("EXTRAORDINARIAS!")
        await ana.said("No he entendido eso")
        await ana.send(shape.format(code=made.token))
        await ana.press(await ana.said("Tu código"), data=f"use_code_{made.token}")
        await ana.said("¡Suscripción VIP Activada!")


async def test_code_is_used_only_after_terms_and_age_are_accepted(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code()
        await ana.start(made.token)
        asked = await ana.said("¿Lo usas ahora?")
        assert "VIP Mensual durante 30 días" in asked["text"]
        assert "confirmas que eres mayor de 18 años" in asked["text"]
        assert list(buttons(asked)) == ["✅ Usar mi código", "Ver Planes"]
        assert not await vip.spent(made)
        await ana.press(asked, button="✅ Usar mi código")
        await ana.said("¡Suscripción VIP Activada!")
        async with stage.core.units()() as uow:
            known = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert known is not None
        assert known.has_accepted(stage.core.policy().terms_version)
        await ana.send("/cancelar")
        await ana.said("tu acceso no se renueva y nadie te va a cobrar nada")
        # A customer who accepted before is asked only for the confirmation.
        again = await redeem(ana, (await vip.code()).token)
        assert "mayor de 18" not in again["text"]
        await ana.said("¡Suscripción VIP Extendida!")


async def test_used_code_is_refused_to_others_and_explained_to_its_user(stage: Stage) -> None:
    async with stage.running():
        vip, ana, eve = await a_vip_channel(stage), await stage.person("Ana"), await stage.person("Eve")
        made = await vip.code()
        asked = await redeem(ana, made.token)
        card = await ana.said("¡Suscripción VIP Activada!", after=asked["seq"])
        await eve.start(made.token)
        assert "Ver Planes" in buttons(await eve.said("ya lo usó otra cuenta"))
        await ana.start(made.token)
        again = await ana.said("Ese código ya lo usaste tú", after=card["seq"])
        await ana.press(again, button="Continuar mi entrada")
        await ana.said("Paso 1 de 3", after=again["seq"])
        assert await vip.subscriptions(ana) == 1
        assert await vip.subscriptions(eve) == 0


async def test_code_before_the_channel_is_set_up_stays_valid(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage, known=False), await stage.person()
        made = await vip.code()
        await ana.start(made.token)
        told = await ana.said("el canal VIP aún no está listo")
        assert not await vip.spent(made)
        async with stage.core.units()() as uow:
            shared = Channel.for_resource(shared_vip(), ChatId(vip.chat), "Retador VIP", stage.core.clock().now())
            await uow.channels.add_if_new(shared)
            await uow.commit()
        await redeem(ana, made.token)
        await ana.said("¡Suscripción VIP Activada!", after=told["seq"])


@pytest.mark.parametrize(
    ("honoured", "words"), [(True, "¡Suscripción VIP Activada!"), (False, "ya no está disponible")]
)
async def test_code_of_a_deactivated_plan(stage: Stage, honoured: bool, words: str) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code(await a_vip_plan(stage, "viejo", "Viejo", active=False, honours_tokens=honoured))
        if honoured:
            await redeem(ana, made.token)
        else:
            await ana.start(made.token)
        await ana.said(words)
        assert await vip.spent(made) is honoured


async def test_one_message_leads_through_the_stages(stage: Stage) -> None:
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


async def test_buttons_out_of_order_and_pressed_twice_change_nothing(stage: Stage) -> None:
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


async def test_second_code_restarts_the_entry_stages(stage: Stage) -> None:
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
