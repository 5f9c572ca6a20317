"""Lists of the panel as used by owners: pages, cards, staff commands, and secrets that are shown once."""

from __future__ import annotations

from bot.panel.data import data
from bot.panel.lists import PAGE_SIZE
from features.api.ports import API_KEYS_KEY
from subscriptions.domain.entities.api_key import Ability, ApiKey
from tests.fakes.samples import NOON
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner, words


async def test_key_is_created_shown_once_listed_and_revoked(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        assert "Todavía no hay claves" in (await olga.press("🔑 Claves"))["text"]
        await olga.press("🔑 Nueva clave")
        await olga.write("contabilidad")
        made = await olga.press("leer pagos")
        assert "umbral_" in made["text"]
        assert "📋 Copiar la clave" in words(made)
        await olga.press("⬅️ Volver")
        card = await olga.press("🔑 contabilidad · activa")
        assert "Permisos: leer pagos" in card["text"]
        sure = await olga.press("🗑 Revocar")
        assert "«contabilidad» dejará de funcionar en unos segundos" in sure["text"]
        assert "Permisos: leer pagos" in (await olga.press("⬅️ Volver"))["text"]
        await olga.press("🗑 Revocar")
        gone = await olga.press("✅ Confirmar")
        assert "«contabilidad» ya no funciona" in gone["text"]
        assert "Todavía no hay claves" in gone["text"]


async def test_long_list_is_paged_and_deletion_of_a_row_returns_to_the_page_of_the_row(stage: Stage) -> None:
    keys = [
        ApiKey(
            name=f"k{number:02}",
            digest=f"{number + 1:032x}" * 2,
            abilities=frozenset({Ability.PAYMENTS}),
            created_at=NOON,
        )
        for number in range(PAGE_SIZE + 1)
    ]
    async with stage.running():
        olga = await owner(stage)
        async with stage.core.units()() as uow:
            for key in keys:
                await uow.of(API_KEYS_KEY).add_if_new(key)
            await uow.commit()
        await olga.open()
        first = await olga.press("🔑 Claves")
        assert sum("k0" in word for word in words(first)) == PAGE_SIZE
        last = await olga.press("Siguientes ➡️")
        assert [word for word in words(last) if "k0" in word] == ["🔑 k08 · activa"]
        assert "Esto ha cambiado" in (await olga.tap(last, data("keys", 7)))["text"]
