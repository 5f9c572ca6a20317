"""Activation codes in the panel, created with buttons and text only."""

from __future__ import annotations

import re

from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.staff import owner, words
from tests.support.vip import needs_steps


@needs_steps
async def test_code_is_created_with_two_presses_and_can_be_copied(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("Generar Token con Plan")
        card = await olga.press("Retabet")
        copied = buttons(card)["🔗 Copiar Link"]
        assert words(card)[0] == "🔗 Copiar Link"
        assert re.fullmatch(rf"https://t\.me/{stage.bot.username}\?start=[A-Z0-9]{{16}}", copied["copy"])
        assert copied["copy"] in card["text"]


async def test_code_with_options_is_created_listed_and_revoked(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("🎟 Tokens")
        await olga.press("🎟 Crear códigos")
        await olga.press("Retabet")
        for typed in ("mañana", "0", "9999"):
            assert "Días de validez" in (await olga.write(typed))["text"], typed
        await olga.write("7")
        await olga.press("✏️ Nota")
        await olga.write("Para Lucía")
        await olga.press("✏️ Campaña")
        await olga.write("verano")
        card = await olga.press("✅ Confirmar")
        assert "Para Lucía" in card["text"]
        assert "verano" in card["text"]
        listed = await olga.press("⬅️ Volver")
        (code,) = [text for text in words(listed) if "válido" in text]
        assert "Duración: 30 días" in (await olga.press(code))["text"]
        await olga.press("🗑 Anular")
        await olga.press("Dejar vacío")
        done = await olga.press("✅ Confirmar")
        assert "anulado" in done["text"]
        assert "🔗 Copiar Link" not in words(done)


async def test_batch_of_codes_is_sent_as_a_file(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("🎟 Tokens")
        await olga.press("🎟 Crear códigos")
        await olga.press("Retabet")
        await olga.press("30 días")
        await olga.press("✏️ Cantidad")
        for typed in ("0", "501", "muchos"):
            assert "Cantidad" in (await olga.write(typed))["text"], typed
        await olga.write("500")
        await olga.press("✏️ Campaña")
        await olga.write("=verano")
        done = await olga.press("✅ Confirmar")
        assert "500 códigos" in done["text"]
        file = next(item for item in await olga.phone.messages() if item["kind"] == "document")
        answer = await stage.http.get(f"{stage.sandbox.url}{file['file']['url']}")
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert len(lines) == 501
        assert len({line.partition(",")[0] for line in lines}) == 501
        assert "'=verano" in lines[1]
