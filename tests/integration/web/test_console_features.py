"""The console's page of features: each feature with its state and its switch."""

from __future__ import annotations

from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor


async def test_feature_is_switched_off_and_on(olga: Visitor, tables: Tables) -> None:
    page = await olga.page("/features")
    assert ("Modelos de lenguaje (MCP)" in page, "/admin/do/feature_off/mcp" in page) == (True, True)
    assert "sigue valiendo hasta que termina" in await olga.page("/do/feature_off/mcp")

    assert "Desactivada" in await olga.do("feature_off", "mcp")
    page = await olga.page("/features")
    assert ("inactiva" in page, "/admin/do/feature_on/mcp" in page) == (True, True)
    assert "Volver a Hoy" in await olga.page("/do/feature_off/mcp", 404)

    assert "Activada" in await olga.do("feature_on", "mcp")
    assert "/admin/do/feature_off/mcp" in await olga.page("/features")
    told = await tables.rows("SELECT action, actor FROM audit_log WHERE action LIKE 'feature.%' ORDER BY at, id")
    assert [(row["action"], row["actor"]) for row in told] == [("feature.off", "9001"), ("feature.on", "9001")]


async def test_unknown_feature_leads_back(olga: Visitor) -> None:
    assert "Volver a Hoy" in await olga.page("/do/feature_on/nothing", 404)
