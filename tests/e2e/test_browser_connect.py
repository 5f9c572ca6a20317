"""A shop without a payment method: its owner connects one in the console, and a customer pays by it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
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
from tests.e2e.test_first_sale import Payment
from tests.support.chat_owner import Owner
from tests.support.chromium import open_page, running_chromium
from tests.support.installation import Installation
from tests.support.member import pay_stars
from tests.support.pages_seen import DESK, PHONE, complaints
from tests.support.postgres import as_process
from tests.support.sealed import enter, key_file, open_setup
from umbral.demo.loopback import free_port
from umbral_sandbox.server import running_sandbox

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.exhaustive]


@dataclass(frozen=True, kw_only=True)
class Method:
    """Payment method that an owner connects.

    name: name shown in the console
    asks: settings that the owner types
    wrong: invalid values of settings, with part of the error message
    plan: plan that is sold by this method
    pay: function with which a customer pays, unless the payment is made at a hosted checkout
    renews: True if the method charges renewals automatically, so that it cannot be disconnected
    """

    code: str
    name: str
    asks: tuple[str, ...] = ()
    wrong: tuple[tuple[Mapping[str, str], str], ...] = ()
    plan: str = "Tertulia 9.90 EUR per month"
    pay: Payment | None = None
    renews: bool = True


METHODS: Final = {
    each.code: each
    for each in (
        Method(
            code="stripe",
            name="Stripe",
            asks=("STRIPE_SECRET_KEY",),
            wrong=(
                ({"STRIPE_SECRET_KEY": "pk_test_1"}, "publishable key"),
                ({"STRIPE_SECRET_KEY": "sk_test_demoNobodys"}, "STRIPE_SECRET_KEY"),
            ),
        ),
        Method(
            code="paypal",
            name="PayPal",
            asks=("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_MODE"),
            wrong=(
                ({"PAYPAL_MODE": "nowhere"}, "PAYPAL_MODE"),
                ({"PAYPAL_CLIENT_SECRET": "EnobodysSecret"}, "PAYPAL_CLIENT_SECRET"),
            ),
        ),
        Method(
            code="cryptomus",
            name="Cryptomus",
            asks=("CRYPTOMUS_MERCHANT_ID", "CRYPTOMUS_API_KEY"),
            wrong=(({"CRYPTOMUS_API_KEY": "nobodysKey0123456789"}, "CRYPTOMUS_API_KEY"),),
            renews=False,
        ),
        Method(code="stars", name="Telegram Stars", plan="Tertulia 100 XTR per month", pay=pay_stars),
    )
}


@dataclass
class Shop:
    """A running shop. keys: valid keys of the method to connect. logs: folder of the logs of its processes."""

    installation: Installation
    owner: Owner
    site: str
    url: str
    keys: Mapping[str, str]
    logs: Path

    @property
    def secrets(self) -> Sequence[str]:
        """Keys that no page and no log may contain."""
        return [value for name, value in self.keys.items() if name.endswith(("_KEY", "_SECRET"))]

    async def fetch(self, query: str) -> object:
        """Return the single value that a database query selects."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()


@pytest.fixture
async def shop(method: Method, new_database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """Set up a shop with a plan in the browser, without payment methods. The seller's account at the provider sends its
    webhooks elsewhere, unless the shop registers its own address.
    """
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox())
        installation = Installation(sandbox, new_database_url)
        await installation.open()
        owner, port, file = Owner(installation), free_port(), key_file(tmp_path)
        owner.admits(owner.group, "can_invite_users", "can_restrict_members", "can_delete_messages")
        seller = {"display_name": "Tienda", "webhook_url": "http://127.0.0.1:9/nowhere"}
        demo = f"providers/{method.code}/demo"
        account = (await installation.control("POST", demo, seller))["settings"] if method.asks else {}
        keys = {name: account[name] for name in method.asks}
        common = {
            **installation.services,
            **{name: value for name, value in account.items() if name.endswith(("_API_BASE", "_WEBHOOK_CA"))},
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
        plan = setting_up.plan_of(method.plan, "", resource)
        assert not isinstance(plan, Problem)
        assert await setting_up.offer_plan(whole, plan) is None
        own = {"CONSOLE_DATABASE_URL": as_process(new_database_url, "console"), "WEB_PORT": str(port), "OPS_PORT": "0"}
        for name in ("web", "worker", "bot"):
            login = {"DATABASE_URL": as_process(new_database_url, name)}
            await stack.enter_async_context(process(tmp_path, name, common | login | (own if name == "web" else {})))
        yield Shop(installation, owner, common["WEB_BASE_URL"], new_database_url, keys, tmp_path)


async def come_in(shop: Shop, page: Page) -> None:
    """Sign in to the console with the link from /panel."""
    await shop.owner.writes("/panel")
    link = re.search(r"http://\S+/admin/enter\?key=\S+", (await shop.owner.reads("/admin/enter"))["text"])
    assert link is not None
    await page.goto(link[0])
    await page.get_by_role("button").first.click()
    await page.goto(f"{shop.site}/admin/methods")


CASES: Final = [
    pytest.param(METHODS["stripe"], PHONE, id="stripe-phone"),
    *(pytest.param(each, DESK, id=f"{each.code}-desk") for each in METHODS.values()),
]


@pytest.mark.parametrize(("method", "size"), CASES)
async def test_owner_connects_a_payment_method_and_a_customer_pays_by_this_method(
    method: Method, shop: Shop, browser_path: str, size: ViewportSize
) -> None:
    async with running_chromium(browser_path) as browser:
        page = await open_page(browser, locale="en-GB", viewport=size)
        await come_in(shop, page)
        await expect(page.get_by_role("heading", name="Payment methods")).to_be_visible()
        assert await complaints(page) == []
        await page.get_by_role("link", name=f"Connect {method.name}").click()
        for wrong, words in method.wrong:
            await enter_keys(page, method, {**shop.keys, **wrong})
            await expect(page.get_by_role("alert")).to_contain_text(words)
            assert [value for value in shop.secrets if value in await page.content()] == []
            assert await complaints(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await enter_keys(page, method, shop.keys)
        await expect(page.get_by_role("status")).to_contain_text("Connected")
        assert await complaints(page) == []
        await ready(shop)
        await first_sale(shop.installation, shop.logs, method.pay)
        await bought(shop.url)
        await page.goto(f"{shop.site}/admin/methods")
        await page.get_by_role("link", name="Disconnect").click()
        await expect(page.locator("main")).to_contain_text("still use it (1)" if method.renews else "Disconnect")
        shown = await page.content()
    assert await shop.fetch("SELECT count(*) FROM audit_log WHERE action = 'payment_method.connected'") == 1
    assert await shop.fetch("SELECT facts->>'providers' FROM alarms WHERE kind = 'payment_keys_changed'") == method.name
    assert await shop.fetch("SELECT provider FROM payments") == method.code
    for text in (shown, *((shop.logs / f"{name}.log").read_text() for name in ("web", "worker", "bot"))):
        assert [value for value in shop.secrets if value in text] == []


async def enter_keys(page: Page, method: Method, keys: Mapping[str, str]) -> None:
    """Fill in the form of a method and send it."""
    for name, value in keys.items():
        await page.get_by_label(name, exact=True).fill(value)
    await page.get_by_role("button", name=f"{'Check' if keys else 'Switch on'} {method.name}").click()


async def ready(shop: Shop) -> None:
    """Wait until the processes use the new keys, and until the plan has a price object if the provider has price
    objects.
    """
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await shop.fetch("SELECT count(*) FROM variables WHERE name = 'payment_keys_priced'"):
                return
            await asyncio.sleep(0.2)
