"""A shop without a payment method: its owner connects one in the console, and customers pay by card."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from playwright.async_api import Page, ViewportSize, expect

from subscriptions.bootstrap import setting_up
from subscriptions.bootstrap.chats_sold import sell_chat
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.new_settings import fresh_keys
from tests.e2e.test_browser_setup import PATIENCE_S, bought, first_sale, process
from tests.support.chat_owner import Owner
from tests.support.chromium import open_page, running_chromium
from tests.support.installation import Installation
from tests.support.pages_seen import DESK, PHONE, complaints
from tests.support.postgres import as_process
from tests.support.sealed import enter, key_file, open_setup
from umbral.demo.loopback import free_port
from umbral_sandbox.server import running_sandbox

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.exhaustive]

KEY: Final = "STRIPE_SECRET_KEY"
SIZES: Final = {"phone": PHONE, "desk": DESK}


@dataclass
class Shop:
    """A running shop. logs: folder of its processes' logs."""

    installation: Installation
    owner: Owner
    site: str
    url: str
    logs: Path

    async def fetch(self, query: str) -> object:
        """Return the value of a query."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()


@pytest.fixture
async def shop(new_database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """Set up a shop with a plan in the browser, without payment methods."""
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox())
        installation = Installation(sandbox, new_database_url)
        await installation.open()
        owner, port, file = Owner(installation), free_port(), key_file(tmp_path)
        owner.admits(owner.group, "can_invite_users", "can_restrict_members", "can_delete_messages")
        common = {
            **installation.services,
            "SETTINGS_KEY_FILE": file,
            "WEB_BASE_URL": f"http://127.0.0.1:{port}",
        }
        entered = {
            **{name: key for name, key in fresh_keys().items() if name != "BACKUP_KEY"},
            "ADMIN_TELEGRAM_IDS": str(owner.id),
            "BRAND_NAME": "Tienda",
            "CONSOLE": "public",
            "SHOP_LANGUAGE": "en",
            "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": installation.tokens[0],
            "VERTICAL": "plain",
        }
        async with open_setup(new_database_url) as setup:
            await enter(setup, file, entered)
            await setup.finish()
        whole = {**common, **entered, "DATABASE_URL": new_database_url}
        resource = await sell_chat(whole, str(owner.group))
        assert isinstance(resource, str), resource
        plan = setting_up.plan_of("Tertulia 9.90 EUR per month", "", resource)
        assert not isinstance(plan, Problem)
        assert await setting_up.offer_plan(whole, plan) is None
        own = {"CONSOLE_DATABASE_URL": as_process(new_database_url, "console"), "WEB_PORT": str(port), "OPS_PORT": "0"}
        for name in ("web", "worker", "bot"):
            login = {"DATABASE_URL": as_process(new_database_url, name)}
            await stack.enter_async_context(process(tmp_path, name, common | login | (own if name == "web" else {})))
        yield Shop(installation, owner, common["WEB_BASE_URL"], new_database_url, tmp_path)


async def come_in(shop: Shop, page: Page) -> None:
    """Sign in to the console with the link from /panel."""
    await shop.owner.writes("/panel")
    link = re.search(r"http://\S+/admin/enter\?key=\S+", (await shop.owner.reads("/admin/enter"))["text"])
    assert link is not None
    await page.goto(link[0])
    await page.get_by_role("button").first.click()
    await page.goto(f"{shop.site}/admin/methods")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_owner_connects_a_method_and_a_customer_pays_by_card(
    shop: Shop, browser_path: str, size: ViewportSize
) -> None:
    async with running_chromium(browser_path) as browser:
        page = await open_page(browser, locale="en-GB", viewport=size)
        await come_in(shop, page)
        await expect(page.get_by_role("heading", name="Payment methods")).to_be_visible()
        assert await complaints(page) == []
        await page.get_by_role("link", name="Connect Stripe").click()
        await page.get_by_label(KEY, exact=True).fill("pk_test_1")
        await page.get_by_role("button", name="Check Stripe").click()
        await expect(page.get_by_role("alert")).to_contain_text("publishable key")
        await page.get_by_label(KEY, exact=True).fill("sk_test_demoNobodys")
        await page.get_by_role("button", name="Check Stripe").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        assert "sk_test_demoNobodys" not in await page.content()
        assert await complaints(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await page.get_by_label(KEY, exact=True).fill(shop.installation.stripe[KEY])
        await page.get_by_role("button", name="Check Stripe").click()
        await expect(page.get_by_role("status")).to_contain_text("Connected")
        assert shop.installation.stripe[KEY] not in await page.content()
        assert await complaints(page) == []
        await priced(shop)
        await first_sale(shop.installation, shop.logs)
        await bought(shop.url)
        await page.goto(f"{shop.site}/admin/methods")
        await page.get_by_role("link", name="Disconnect").click()
        await expect(page.locator("main")).to_contain_text("still need it: 1")
    assert await shop.fetch("SELECT count(*) FROM audit_log WHERE action = 'payment_method.connected'") == 1
    assert await shop.fetch("SELECT facts->>'providers' FROM alarms WHERE kind = 'payment_keys_changed'") == "Stripe"
    for name in ("web", "worker", "bot"):
        assert shop.installation.stripe[KEY] not in (shop.logs / f"{name}.log").read_text()


async def priced(shop: Shop) -> None:
    """Wait until the processes use the new keys and the plan has its price."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await shop.fetch("SELECT count(*) FROM plan_payment_prices"):
                return
            await asyncio.sleep(0.2)
