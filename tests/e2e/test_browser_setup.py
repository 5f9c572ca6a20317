"""Setup in the browser from nothing to a first sale: at most six answers, with the processes that wait for the
answers.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.async_api import Page

from tests.e2e.test_first_sale import Payment, buy
from tests.support.chat_owner import Owner
from tests.support.chromium import open_page, running_chromium
from tests.support.demo import ANSWER_SECONDS, Demo, Person
from tests.support.installation import Installation
from tests.support.plain_http import SHORT_LIVED
from tests.support.postgres import as_process
from tests.support.sealed import key_file
from umbral.demo.loopback import free_port
from umbral_sandbox.server import running_sandbox

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.exhaustive]

AT_MOST = 6
DOCUMENTED = {"README.md": "asks at most six things", "docs/begin.md": "Answer at most six questions"}
PATIENCE_S = 180


@asynccontextmanager
async def process(folder: Path, name: str, environ: Mapping[str, str]) -> AsyncIterator[None]:
    """Run a process with its log in a file until the end of the block."""
    with (folder / f"{name}.log").open("wb") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "umbral", name, env={"PATH": os.environ["PATH"], **environ}, stderr=log
        )
    try:
        yield
        assert running.returncode is None, (folder / f"{name}.log").read_text()
    finally:
        if running.returncode is None:
            running.terminate()
        await asyncio.wait_for(running.wait(), PATIENCE_S)


async def logged(folder: Path, name: str, pattern: str) -> str:
    """Wait until the log of a process contains the pattern, and return the match of the pattern's group."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = re.search(pattern, (folder / f"{name}.log").read_text())
            if found is not None:
                return found[1]
            await asyncio.sleep(0.1)


async def served(url: str, words: str) -> None:
    """Wait until the site shows these words."""
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(PATIENCE_S):
        while True:
            try:
                if words in (await http.get(url, headers={"Accept-Language": "en"}, follow_redirects=True)).text:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


async def set_up(page: Page, site: str, code: str, owner: Owner) -> int:
    """Answer the questions of the setup page so that the shop sells the owner's group, and return their number."""
    installation, answers = owner.installation, 0
    await page.goto(site)
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Sign in").click()
    answers += 1
    await page.get_by_label("Your bot's token").fill(installation.tokens[0])
    await page.get_by_role("button", name="Check and continue").click()
    answers += 1
    link = await page.get_by_role("link", name="Open @tienda_bot in Telegram").get_attribute("href")
    assert link is not None
    await installation.control("POST", f"users/{owner.id}/open", {"url": link})
    await page.get_by_role("button", name="I've pressed Start").click()
    answers += 1
    assert await owner.shares(owner.group, "👥 My group") is None
    await page.get_by_role("button", name="I've chosen it").click()
    answers += 1
    await page.get_by_label("STRIPE_SECRET_KEY").fill(installation.stripe["STRIPE_SECRET_KEY"])
    await page.get_by_role("button", name="Check Stripe").click()
    answers += 1
    await page.get_by_label("What do you sell?").select_option("plain")
    await page.get_by_label("Your first plan").fill("Tertulia 9.90 EUR per month")
    await page.get_by_role("button", name="Check and continue").click()
    answers += 1
    await page.get_by_role("heading", name="Your shop is ready").wait_for()
    return answers


async def test_shop_is_set_up_in_the_browser_with_six_answers(
    new_database_url: str, tmp_path: Path, browser_path: str
) -> None:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox())
        installation = Installation(sandbox, new_database_url)
        await installation.open()
        owner, port = Owner(installation), free_port()
        site = f"http://127.0.0.1:{port}"
        common = {**installation.services, "SETTINGS_KEY_FILE": key_file(tmp_path), "WEB_BASE_URL": site}
        own = {"CONSOLE_DATABASE_URL": as_process(new_database_url, "console"), "WEB_PORT": str(port), "OPS_PORT": "0"}
        for name in ("web", "worker", "bot"):
            login = {"DATABASE_URL": as_process(new_database_url, name)}
            environ = common | login | (own if name == "web" else {})
            await stack.enter_async_context(process(tmp_path, name, environ))
        for name in ("worker", "bot"):
            await logged(tmp_path, name, "(waits for its settings)")
        code = await logged(tmp_path, "web", r"code=([A-Z0-9-]+)")
        browser = await stack.enter_async_context(running_chromium(browser_path))
        page = await open_page(browser, locale="en-GB", viewport={"width": 390, "height": 844})
        answers = await set_up(page, site, code, owner)
        assert answers <= AT_MOST
        assert [name for name, words in DOCUMENTED.items() if words not in (ROOT / name).read_text("utf-8")] == []

        await served(site, "Tertulia")
        assert (await page.request.get(f"{site}/setup")).status == 404
        await first_sale(installation, tmp_path)
        await bought(new_database_url)
        for name in ("web", "worker", "bot"):
            said = (tmp_path / f"{name}.log").read_text()
            assert installation.tokens[0] not in said
            assert installation.stripe["STRIPE_SECRET_KEY"] not in said


async def first_sale(installation: Installation, folder: Path, pay: Payment | None = None) -> None:
    """Buy the plan in the bot as another person, and enter the group. pay: see `buy`."""

    def purchase() -> None:
        with person_of(installation, folder, "Ana") as person:
            buy(person.demo, person, "Tertulia", "en", pay)
            enter_group(person)

    await asyncio.to_thread(purchase)


@contextmanager
def person_of(installation: Installation, folder: Path, name: str) -> Iterator[Person]:
    """Create a person who reads English, and has not yet written to the bot."""
    with httpx.Client(
        base_url=installation.sandbox.url, timeout=ANSWER_SECONDS, trust_env=False, limits=SHORT_LIVED
    ) as http:
        world = Demo(folder, facts={"sandbox": installation.sandbox.url, "bot_username": "tienda_bot"}, _http=http)
        yield world.person(name, language_code="en")


def enter_group(person: Person) -> None:
    """Wait for the link to the group of the plan, and use it."""
    invited = person.received("", button="Join Tertulia")
    assert person.open(str(person.press(invited, "Join Tertulia")["value"]))["result"] in {"joined", "requested"}


async def bought(url: str, customers: int = 1) -> None:
    """Wait until so many customers have access, and assert that the provider's own webhook reported a payment.

    url: address of the shop's database.
    """
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if await connection.fetchval("SELECT count(*) FROM accesses WHERE status = 'active'") == customers:
                    break
                await asyncio.sleep(0.2)
        assert await connection.fetchval("SELECT count(*) FROM receipts") == customers
        assert await connection.fetchval("SELECT count(*) FROM webhook_inbox WHERE origin = 'told'") >= 1
    finally:
        await connection.close()
