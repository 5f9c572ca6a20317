"""Valid and invalid codes of the VIP channel in the chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes.resources import vip as shared_vip
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.vip import a_vip_channel, a_vip_plan, redeem, the_link

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


async def test_code_message_contains_the_invite_link_if_no_entry_steps_are_required(stage: Stage) -> None:
    stage.core.policy.override(replace(stage.core.policy(), vip_ritual=False))
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code(await a_vip_plan(stage, "premium", "Plan Mensual Premium"))
        await redeem(ana, made.token)
        card = await ana.said("¡Suscripción VIP Activada!")
        assert card["text"] == DIRECT
        await vip.enter(ana, the_link(card, "🔗 Unirte al canal Plan Mensual Premium"))


@pytest.mark.parametrize("shape", ["{lower}", "  {code} ", "{spaced}"])
async def test_code_is_accepted_in_lower_case_and_with_spaces(stage: Stage, shape: str) -> None:
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
        shown = await ana.said(words)
        assert "Ver Planes" in buttons(shown)
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
        await ana.said("tu acceso no se renueva y no se te va a cobrar nada")
        # A customer who accepted before is asked only for the confirmation.
        again = await redeem(ana, (await vip.code()).token)
        assert "mayor de 18" not in again["text"]
        await ana.said("¡Suscripción VIP Extendida!")


async def test_code_entered_before_the_channel_setup_stays_valid(stage: Stage) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage, known=False), await stage.person()
        made = await vip.code()
        await ana.start(made.token)
        reported = await ana.said("lo que abre aún no está listo")
        assert not await vip.spent(made)
        async with stage.core.units()() as uow:
            shared = Channel.for_resource(shared_vip(), ChatId(vip.chat), "Retador VIP", stage.core.clock().now())
            await uow.channels.add_if_new(shared)
            await uow.commit()
        await redeem(ana, made.token)
        await ana.said("¡Suscripción VIP Activada!", after=reported["seq"])


@pytest.mark.parametrize(
    ("honoured", "words"), [(True, "¡Suscripción VIP Activada!"), (False, "ya no está disponible")]
)
async def test_code_of_a_deactivated_plan_works_only_if_the_plan_honours_codes(
    stage: Stage, honoured: bool, words: str
) -> None:
    async with stage.running():
        vip, ana = await a_vip_channel(stage), await stage.person()
        made = await vip.code(await a_vip_plan(stage, "viejo", "Viejo", active=False, honours_tokens=honoured))
        if honoured:
            await redeem(ana, made.token)
        else:
            await ana.start(made.token)
        await ana.said(words)
        assert await vip.spent(made) is honoured
