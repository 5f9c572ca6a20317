"""Texts in the console: found, viewed, changed after a preview, and reverted; and the same through the API."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.integration.web.conftest import Tables
from tests.support.api_client import key_for
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.website import Website

EVA = TelegramId(9002)
LEAD = "es:pages.index.lead"


@pytest.fixture(autouse=True)
def by_default() -> Iterator[None]:
    yield
    TEXTS.say([])


async def test_text_is_found_viewed_changed_and_reverted(
    olga: Visitor, client: httpx.AsyncClient, site: Website, tables: Tables
) -> None:
    listed = await olga.page("/texts?language=es&q=alertas+de+apuestas")
    assert ("plans.welcome" in listed, "plans.none" in listed, "de tu sector" in listed) == (True, False, True)
    assert "Ningún texto coincide" in await olga.page("/texts?q=zzzz")
    assert "Siguientes" in await olga.page("/texts?language=pt")
    shown = await olga.page("/texts/es:plans.welcome")
    assert '<span class="as-b">¡Bienvenido a' in shown
    assert "{brand}" in shown

    before = (await client.get("/")).text
    form = await olga.page(f"/do/edit_text/{LEAD}")
    assert "Para quien ya apuesta" in form
    wrong = await olga.do("edit_text", LEAD, text="Ven, <b>{brandd}</b>")
    assert "{brandd} no existe aquí. Puedes usar {brand}" in wrong
    assert "Ven, <b>{brandd}</b>" in wrong
    look = await olga.look("edit_text", LEAD, text="Ven a {brand}.")
    assert "Así quedará" in look
    assert "Ven a Retador." in look
    done = await olga.do("edit_text", LEAD, text="Ven a {brand}.")
    assert ("Cambiado" in done, "Restablecer" in done) == (True, True)

    await site.container.core.refresh_texts()()
    assert "Ven a Retador." in (await client.get("/")).text
    assert [
        row["subject"] for row in await tables.rows("SELECT subject FROM audit_log WHERE action = 'text.edit'")
    ] == [LEAD]
    assert "texto cambiado: es:pages.index.lead" in await olga.page("/audit")
    assert "Texto predeterminado restablecido" in await olga.do("restore_text", LEAD)
    await site.container.core.refresh_texts()()
    assert (await client.get("/")).text == before


async def test_only_owners_see_texts_and_unknown_text_is_not_found(site: Website, olga: Visitor) -> None:
    await olga.page("/texts/es:plans.nothing", 404)
    await olga.page("/texts/xx:plans.welcome", 404)
    await hire(site, StaffRole.MANAGER, EVA, "Eva")
    async with visiting(site) as eva:
        await eva.enter(EVA)
        await eva.page("/texts", 403)
        await eva.page("/texts/es:plans.welcome", 403)


async def test_api_key_with_the_permission_can_edit_and_restore_texts(client: httpx.AsyncClient, site: Website) -> None:
    writes, reads = await key_for(site, Ability.EDIT_TEXTS), await key_for(site, Ability.PLANS)
    path, headers = "/api/v1/texts/en:plans.none", {"Idempotency-Key": "a"}

    refused = await client.post(f"{path}/edit", json={"text": "Soon."}, headers={**reads, **headers})
    wrong = await client.post(f"{path}/edit", json={"text": "<b>Soon.</b>"}, headers={**writes, **headers})
    done = await client.post(f"{path}/edit", json={"text": "Soon."}, headers={**writes, **headers})
    back = await client.post(f"{path}/restore", headers={**writes, "Idempotency-Key": "b"})

    assert (refused.status_code, wrong.status_code) == (403, 422), (refused.text, wrong.text)
    assert "formatting doesn't show here" in wrong.text
    assert (done.json()["outcome"], back.json()["outcome"]) == ("edited", "restored"), (done.text, back.text)
