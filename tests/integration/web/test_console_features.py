"""Console page of features: each feature with its state and the button that switches it on or off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from subscriptions.bootstrap.features import Origin, installed
from subscriptions.domain.entities.customer import StaffRole
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import REFUSED, packages_found_in, runs, write_feature, write_refused
from tests.support.website import running_website


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[None]:
    """Install packages with rejected features before the site starts."""
    write_refused(tmp_path)
    with packages_found_in(tmp_path):
        yield


async def test_feature_that_cannot_be_loaded_is_shown_with_the_reason_and_a_remedy(
    refused: None, olga: Visitor
) -> None:
    page = await olga.page("/features")

    assert "No se pueden usar" in page
    for package, reason in REFUSED.values():
        assert package in page
        assert reason in page
    for remedy in ("actualiza Umbral", "Desinstala todos menos uno", "envía el motivo a su autor", "la línea de bingo"):
        assert remedy in page


@pytest.mark.skipif(not runs("mcp"), reason="MCP is the example")
async def test_feature_is_switched_off_and_on(olga: Visitor, tables: Tables) -> None:
    page = await olga.page("/features")
    assert ("Modelos de lenguaje (MCP)" in page, "/admin/do/feature_off/mcp" in page) == (True, True)
    assert "No se pueden usar" not in page
    assert "se mantiene hasta que termina" in await olga.page("/do/feature_off/mcp")

    assert "Desactivada" in await olga.do("feature_off", "mcp")
    page = await olga.page("/features")
    assert ("inactiva" in page, "/admin/do/feature_on/mcp" in page) == (True, True)
    assert "Volver a Hoy" in await olga.page("/do/feature_off/mcp", 404)

    assert "Activada" in await olga.do("feature_on", "mcp")
    assert "/admin/do/feature_off/mcp" in await olga.page("/features")
    notified = await tables.rows("SELECT action, actor FROM audit_log WHERE action LIKE 'feature.%' ORDER BY at, id")
    assert [(row["action"], row["actor"]) for row in notified] == [("feature.off", "9001"), ("feature.on", "9001")]
    audit = await olga.page("/audit")
    for text in ("activó la función Modelos de lenguaje (MCP)", "desactivó la función Modelos de lenguaje (MCP)"):
        assert text in audit


@pytest.mark.skipif(not (runs("mcp") and runs("picks")), reason="another card asks for a feature that is off")
async def test_feature_card_leads_to_the_feature_to_switch_on_first(olga: Visitor) -> None:
    assert "Activa antes" not in await olga.page("/features")
    await olga.do("feature_off", "mcp")
    await olga.do("feature_off", "api")

    cards = (await olga.page("/features")).split('<li class="card">')
    (card,) = [each for each in cards if "Modelos de lenguaje (MCP)" in each]
    assert 'Activa antes: <a href="/admin/do/feature_on/api">API para tus programas</a>.' in card
    assert "/admin/do/feature_on/mcp" in card

    assert "Activada" in await olga.do("feature_on", "api")
    assert "Activa antes" not in await olga.page("/features")


async def test_page_of_an_unknown_feature_returns_404_with_a_link_to_the_today_page(olga: Visitor) -> None:
    assert "Volver a Hoy" in await olga.page("/do/feature_on/nothing", 404)


async def test_third_party_feature_shows_its_origin_and_its_permissions(olga: Visitor, tmp_path: Path) -> None:
    assert "De terceros" not in await olga.page("/features")
    permission = "Permission('raffle.see', StaffRole.OWNER)"
    imports = "from subscriptions.domain.entities.customer import StaffRole\n"
    imports += "from subscriptions.domain.entities.permission import Permission\n"
    write_feature(tmp_path, "raffle", modules={"permissions": f"{imports}PERMISSIONS = ({permission},)\n"})
    (tmp_path / "umbral_raffle-1.2.3.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: umbral-raffle\nVersion: 1.2.3\nAuthor: Ana Sanz\nLicense-Expression: MIT\n"
    )

    with packages_found_in(tmp_path):
        origin = installed().origin("raffle")

    assert origin == Origin(author="Ana Sanz", version="1.2.3", licence="MIT", touches=["raffle.see"])
    assert installed().origin("mcp") is None


async def test_page_of_a_feature_that_is_off_says_how_to_switch_the_feature_on(database_url: str) -> None:
    async with running_website(database_url, FEATURES="none") as site, visiting(site) as visitor:
        await hire(site, StaffRole.OWNER)
        await visitor.enter()
        for path, name in (("/partners", "Afiliados"), ("/questions", "Soporte"), ("/figures", "Cifras")):
            page = await visitor.page(path, 404)
            assert "está desactivada" in page, path
            assert f"«{name}»" in page, path
        assert "/admin/do/feature_on/figures" in page
        assert "Desactivada" not in await visitor.page("/nothing", 404)
        assert "está desactivada" not in await visitor.page("/webhooks"), "a page of the core with a feature's name"
    async with running_website(database_url, FEATURES="none") as site, visiting(site) as visitor:
        await hire(site, StaffRole.MANAGER)
        await visitor.enter()
        page = await visitor.page("/figures", 404)
        assert ("Aquí no hay nada" in page, "feature_on" in page) == (True, False), "nobody else learns more"
