"""Features in the panel: only the owner switches them on and off."""

from __future__ import annotations

from subscriptions.application.features import FeatureState
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner, words

MCP = "Modelos de lenguaje (MCP)"


async def test_owner_switches_a_feature_off_and_on_in_the_chat(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("🏪 Ajustes del negocio")
        listed = await olga.press("🧩 Funciones")
        assert f"✅ {MCP}" in words(listed)
        card = await olga.press(f"✅ {MCP}")
        assert "· activa" in card["text"]

        off = await olga.press("⏸ Desactivar")
        assert ("✅ Desactivada" in off["text"], "· inactiva" in off["text"]) == (True, True)
        assert (await stage.core.read_states()()).states["mcp"] is FeatureState.OFF

        on = await olga.press("▶️ Activar")
        assert ("✅ Activada" in on["text"], "⏸ Desactivar" in words(on)) == (True, True)
        assert (await stage.core.read_states()()).states["mcp"] is FeatureState.ON
