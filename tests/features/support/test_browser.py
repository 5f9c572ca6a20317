"""A question answered from the page Today, on a desktop and on a phone, with few button presses."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from features.support.use_cases.keep_questions import KeepQuestions
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.integration.web.test_console_jobs import CountingHands
from tests.support.website import Website

pytestmark = [pytest.mark.browser]


async def test_question_is_answered_from_the_today_page(
    site: Website, hands: CountingHands, sale: Sale, tables: Tables
) -> None:
    core = site.container.core
    await KeepQuestions(core.units(), core.clock()).ask(sale.customer.id, "¿A qué hora salen los picks?", 7, 1)
    await hands.page.reload()
    await hands.press("Responder")
    await hands.write("Respuesta", "A las 20:00.")
    await hands.press("Vista previa")
    await hands.press("Confirmar: Responder")
    await expect(hands.page.get_by_role("status")).to_be_visible()
    assert [each["text"] for each in await tables.rows("SELECT text FROM question_lines WHERE author IS NOT NULL")] == [
        "A las 20:00."
    ]
    await hands.check()
