"""Check that the search of the documentation site lists first the page that answers a question, in the reader's
language.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page

from scripts.site import build
from tests.support.chromium import open_page, running_chromium
from tests.support.removed import of_all_features

pytestmark = [pytest.mark.browser, pytest.mark.exhaustive, of_all_features]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    assert build(folder) == 0
    return folder


@pytest.fixture
async def page(browser_path: str) -> AsyncIterator[Page]:
    async with running_chromium(browser_path) as browser:
        yield await open_page(browser)


async def best(page: Page) -> str:
    """Return the page that a search lists first, without its anchor."""
    first = page.locator("ul.search li a").first
    await first.wait_for()
    return (await first.get_attribute("href") or "").partition("#")[0]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("PayPal", "connect-paypal.html"),
        ("refund", "refunds.html"),
        ("failed charge", "failed-payments.html"),
        ("welcome", "messages.html"),
        ("restore backup", "backups.html"),
        ("upgrade", "upgrading.html"),
        ("cost", "what-is-umbral.html"),
        ("gateway", "adding-a-gateway.html"),
        ("how do I take payments by PayPal", "connect-paypal.html"),
        ("what happens when a charge fails", "failed-payments.html"),
        ("how do I restore a backup", "backups.html"),
        ("how do I add a gateway", "adding-a-gateway.html"),
        ("how do I change the welcome", "messages.html"),
        ("what does it cost to run", "what-is-umbral.html"),
        ("is it ready for production", "ready.html"),
        ("how do I upgrade", "upgrading.html"),
        ("how does it differ from InviteMember", "rivals.html"),
    ],
)
async def test_search_for_a_question_lists_its_page_first(site: Path, page: Page, question: str, answer: str) -> None:
    await page.goto(f"{(site / 'search.html').as_uri()}?{urlencode({'q': question})}")

    assert await best(page) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("PayPal", "es/connect-paypal.html"),
        ("bienvenida", "es/messages.html"),
        ("cobro fallido", "es/failed-payments.html"),
        ("¿dónde se cambia la bienvenida?", "es/messages.html"),
        ("¿qué pasa cuando falla un cobro?", "es/failed-payments.html"),
    ],
)
async def test_search_from_a_spanish_page_finds_spanish_pages_first(
    site: Path, page: Page, question: str, answer: str
) -> None:
    await page.goto((site / "es" / "begin.html").as_uri())
    await page.locator("input.sidebar-search").first.fill(question)
    await page.locator("form.sidebar-search-container").first.evaluate("form => form.submit()")

    assert await best(page) == answer
