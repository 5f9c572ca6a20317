"""A discount for a limited time, created in the console on a desktop and on a phone, with few button presses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.integration.web.conftest import Tables, no_text_is_missing, sale, site, tables
from tests.integration.web.test_console_jobs import CountingHands, browser, hands

__all__ = ["browser", "hands", "no_text_is_missing", "sale", "site", "tables"]
pytestmark = [pytest.mark.browser]


async def test_promotion_of_twenty_percent_for_a_week_is_created(hands: CountingHands, tables: Tables) -> None:
    await hands.find("promociones")
    await hands.press("Nueva promoción")
    await hands.write("Código", "SEMANA20")
    await hands.write("Descuento o regalo", "20 %")
    await hands.write("Días de validez", "7")
    await hands.press("Vista previa")
    await hands.press("Confirmar: Nueva promoción")
    await expect(hands.page.get_by_role("status")).to_be_visible()
    (row,) = await tables.rows("SELECT percent, expires_at - created_at AS lasts FROM promotions")
    assert (row["percent"], timedelta(days=6) < row["lasts"] < timedelta(days=8)) == (20, True)
    await hands.check()
