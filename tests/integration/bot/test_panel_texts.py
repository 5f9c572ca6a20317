"""Texts in the panel: found by section, changed in a dialogue, and reverted with one press."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.texts import texts_for
from subscriptions.bootstrap.texts import TEXTS
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner, words


@pytest.fixture(autouse=True)
def by_default() -> Iterator[None]:
    yield
    TEXTS.say([])


async def test_text_is_changed_and_reverted_in_the_chat(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("📝 Textos")
        await olga.press("Planes")
        card = await olga.press("welcome: ")
        assert "plans.welcome ·" in card["text"]
        await olga.press("✏️ Editar texto")
        assert "{nadie} no existe aquí" in (await olga.write("Hola {nadie}"))["text"]
        sure = await olga.write("Hola, esto es <b>{brand}</b>")
        assert "Así quedará" in sure["text"]
        done = await olga.press("✏️ Sí, usar este texto")
        assert ("Cambiado" in done["text"], "tuyo" in done["text"]) == (True, True)

        await stage.core.refresh_texts()()
        assert texts_for("es")("plans.welcome", brand="Tienda") == "Hola, esto es <b>Tienda</b>"
        back = await olga.press("↩️ Restablecer")
        assert "Texto predeterminado restablecido" in back["text"]
        assert "↩️ Restablecer" not in words(back)
