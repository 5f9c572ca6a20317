"""Mini App: personal data are shown only with a proof of identity, in a browser opened by Telegram."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Browser, Page, ViewportSize

from features.miniapp.settings import mini_app_key
from tests.fakes.selling import Sale, selling
from tests.support.chromium import PATIENCE_MS, open_page, running_chromium
from tests.support.mini_app import BOT_TOKEN, init_data
from tests.support.pages_seen import DESK, PHONE, complaints_everywhere, measured
from tests.support.website import BOT, Website, running_website

STRANGER = 987654


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """Run a shop whose bot has a Mini App."""
    async with running_website(
        database_url, MINI_APP_KEY=mini_app_key(BOT_TOKEN), WEB_ADDRESS_REQUESTS="1000"
    ) as website:
        await website.open_for_business()
        yield website


@pytest.fixture
async def sale(site: Website) -> Sale:
    """Store a sale of a plan."""
    async with site.container.core.units()() as uow:
        sold = await selling(uow)
        await uow.commit()
    return sold


def signed(site: Website, telegram_id: int, language: str = "es") -> str:
    return init_data(telegram_id, site.container.core.clock().now(), language=language)


async def test_subscriptions_of_a_customer_are_returned_to_a_request_with_the_customers_init_data(
    site: Website, sale: Sale, client: httpx.AsyncClient
) -> None:
    data = signed(site, sale.customer.telegram_id)
    answer = await client.get("/app/me", headers={"Authorization": f"tma {data}"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    (subscription,) = answer.json()["subscriptions"]
    assert subscription["plan"] == sale.plan.soft_id
    assert subscription["status"] == "active"
    assert subscription["price"] == {
        "amount": sale.subscription.price.decimal,
        "currency": sale.subscription.price.currency,
    }

    stranger = await client.get("/app/me", headers={"Authorization": f"tma {signed(site, STRANGER)}"})
    assert stranger.status_code == 200
    assert stranger.json()["subscriptions"] == []


async def test_missing_or_invalid_signature_is_refused(site: Website, sale: Sale, client: httpx.AsyncClient) -> None:
    now, ana = site.container.core.clock().now(), sale.customer.telegram_id
    good = signed(site, ana)
    wrong = [
        "",
        "tma",
        f"Bearer {good}",
        f"tma {init_data(ana, now, token='654321:AAAnotherBotsTokenEntirely')}",
        f"tma {init_data(ana, now - timedelta(days=1))}",
        f"tma {good.replace(str(ana), str(STRANGER))}",
    ]
    for path in ("/app/me", "/app/screen"):
        for header in wrong:
            answer = await client.get(path, headers={"Authorization": header})
            assert answer.status_code == 401, (path, header)
            assert "chat" in answer.json()["error"]
            assert answer.headers["www-authenticate"] == "tma"
            press = {"key": "k" * 32, "data": "status"}
            pressed = await client.post("/app/presses", json=press, headers={"Authorization": header})
            assert pressed.status_code == 401, header


async def test_signed_data_are_bound_to_the_first_page_that_uses_them(
    site: Website, sale: Sale, client: httpx.AsyncClient
) -> None:
    """With a copy of the data, another page shows nothing and accepts no presses. Programs that only read with the data
    are not affected.
    """
    data = {"Authorization": f"tma {signed(site, sale.customer.telegram_id)}"}
    ours, copied = data | {"Page-Key": "drawn-by-the-page"}, data | {"Page-Key": "drawn-by-another"}
    press = {"key": "k" * 32, "data": "status"}
    # A request without a page key does not bind the data: a page from before the update continues to work.
    assert (await client.get("/app/screen", headers=data)).status_code == 200
    assert [(await client.get("/app/screen", headers=ours)).status_code for _ in range(2)] == [200, 200]
    for headers in (copied, data):
        for answer in (
            await client.get("/app/screen", headers=headers),
            await client.post("/app/presses", json=press, headers=headers),
        ):
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == 'tma error="used"'
            assert "open the page anew from the chat" in answer.json()["error"]
    assert [(await client.get("/app/me", headers=data)).status_code for _ in range(2)] == [200, 200]


async def test_one_of_two_pages_opened_at_once_with_the_same_data_is_accepted(
    site: Website, sale: Sale, client: httpx.AsyncClient
) -> None:
    data = {"Authorization": f"tma {signed(site, sale.customer.telegram_id)}"}
    answers = await asyncio.gather(
        *(client.get("/app/screen", headers=data | {"Page-Key": key}) for key in ("one", "other", "one"))
    )
    assert sorted({answer.status_code for answer in answers}) == [200, 401]
    assert answers[0].status_code == answers[2].status_code != answers[1].status_code


@pytest.mark.parametrize("settings", [{}, {"MINI_APP_KEY": mini_app_key(BOT_TOKEN), "FEATURES": "-miniapp"}])
async def test_mini_app_page_is_not_found_without_the_mini_app_key_or_while_the_feature_is_off(
    database_url: str, settings: dict[str, str]
) -> None:
    async with running_website(database_url, **settings) as shop, httpx.AsyncClient(base_url=shop.url) as client:
        assert (await client.get("/app")).status_code == 404
        assert (await client.get("/app/me")).status_code == 404


@pytest.fixture
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    async with running_chromium(browser_path) as browser:
        yield browser


def launched(site: Website, data: str, dark: bool) -> str:
    theme = json.dumps({"bg_color": "#17212b" if dark else "#ffffff"})
    return f"{site.url}/app#tgWebAppData={quote(data)}&tgWebAppVersion=9.4&tgWebAppThemeParams={quote(theme)}"


async def opened(browser: Browser, url: str, size: ViewportSize, logged: list[str]) -> Page:
    page = await open_page(browser, viewport=size)
    page.on("console", lambda line: logged.append(line.text))
    # Objects that Telegram's clients add to the page's window.
    await page.add_init_script(
        "window.told = []; window.TelegramWebviewProxy = {postEvent: (name, data) => window.told.push([name, data])}"
    )
    await page.goto(url)
    await page.wait_for_selector("main[aria-busy=false]")
    return page


@pytest.mark.browser
async def test_mini_app_page_works_in_telegrams_browser(site: Website, sale: Sale, browser: Browser) -> None:
    logged = list[str]()
    for size in (PHONE, DESK):
        for who, dark in (("customer", True), ("customer", False), ("es", False), ("en", True), ("pt", False)):
            customer = (sale.customer.telegram_id, "es") if who == "customer" else (STRANGER, who)
            page = await opened(browser, launched(site, signed(site, *customer), dark), size, logged)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            assert await page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
            assert await complaints_everywhere(page) == [], (who, dark)
            assert ["web_app_ready", "{}"] in await page.evaluate("told")
            if who == "customer":
                assert await page.get_by_text(sale.plan.name).first.is_visible()
            await page.close()
    assert logged == []


@pytest.mark.browser
async def test_page_address_copied_to_another_browser_is_refused(site: Website, sale: Sale, browser: Browser) -> None:
    """The first browser can reload the page, go back and open a second tab. Another browser is sent to the chat."""
    url = launched(site, signed(site, sale.customer.telegram_id), dark=False)
    own, other = await browser.new_context(viewport=PHONE), await browser.new_context(viewport=PHONE)
    for context in (own, other):
        context.set_default_timeout(PATIENCE_MS)
    page = await own.new_page()
    await page.goto(url)
    await page.get_by_text(sale.plan.name).first.wait_for()
    await page.reload()
    await page.get_by_text(sale.plan.name).first.wait_for()
    await page.goto(f"{site.url}/terms")
    await page.go_back()
    await page.get_by_text(sale.plan.name).first.wait_for()
    second = await own.new_page()
    await second.goto(url)
    await second.get_by_text(sale.plan.name).first.wait_for()

    copied = await other.new_page()
    await copied.goto(url)
    await copied.get_by_text("ya está abierta en otra parte").or_(copied.get_by_text("already open")).wait_for()
    anew = copied.locator("a.button >> visible=true")
    assert await anew.get_attribute("href") == f"https://t.me/{BOT}?start=status"
    assert await copied.get_by_text(sale.plan.name).count() == 0
    assert await complaints_everywhere(copied) == []
    await page.reload()
    await page.get_by_text(sale.plan.name).first.wait_for()
    await own.close()
    await other.close()


@pytest.mark.browser
async def test_mini_app_page_respects_safe_areas_and_follows_the_theme(site: Website, browser: Browser) -> None:
    page = await opened(browser, launched(site, signed(site, STRANGER), dark=False), PHONE, [])
    for event, data in (
        ("safe_area_changed", {"top": 40, "bottom": 34, "left": 0, "right": 0}),
        ("content_safe_area_changed", {"top": 46, "bottom": 0, "left": 0, "right": 0}),
        ("theme_changed", {"theme_params": {"bg_color": "#17212b"}}),
    ):
        await page.evaluate("([event, data]) => Telegram.WebView.receiveEvent(event, data)", [event, data])
    padding = "({paddingTop, paddingBottom}) => [paddingTop, paddingBottom]"
    assert await page.evaluate(f"({padding})(getComputedStyle(document.querySelector('main')))") == ["102px", "34px"]
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    await page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "background"),
    [
        # Telegram's night theme; a theme on which our grey texts could not be read; an invalid one, which is ignored.
        ({"bg_color": "#17212b", "secondary_bg_color": "#0e1621", "section_bg_color": "#17212b"}, "rgb(14, 22, 33)"),
        ({"bg_color": "#7f7f7f", "secondary_bg_color": "#808080"}, "rgb(244, 245, 245)"),
        ({"bg_color": "red; color: red", "secondary_bg_color": "#0e1621"}, "rgb(255, 255, 255)"),
    ],
    ids=["night", "unreadable", "invalid"],
)
async def test_telegrams_backgrounds_are_used_if_texts_stay_readable(
    site: Website, browser: Browser, theme: dict[str, str], background: str
) -> None:
    page = await opened(browser, launched(site, signed(site, STRANGER), dark=False), PHONE, [])
    await page.evaluate("(theme) => Telegram.WebView.receiveEvent('theme_changed', {theme_params: theme})", theme)
    assert await page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == background
    assert await complaints_everywhere(page) == []
    await page.close()


@pytest.mark.browser
async def test_first_page_view_loads_at_most_thirty_kilobytes(site: Website, sale: Sale, browser: Browser) -> None:
    url = launched(site, signed(site, sale.customer.telegram_id), dark=False)
    assert (await measured(browser, url))["bytes"] <= 30_000


@pytest.mark.browser
async def test_unknown_visitor_is_sent_to_the_chat(site: Website, browser: Browser) -> None:
    for url in (f"{site.url}/app", launched(site, "user=x&hash=y", dark=False)):
        page = await opened(browser, url, PHONE, [])
        assert (
            await page.get_by_text("No sabemos quién eres").is_visible()
            or await page.get_by_text("We don't know who you are").is_visible()
        )
        assert await page.locator(f"a[href='https://t.me/{BOT}']").is_visible()
        assert await page.locator("[data-retry] >> visible=true").count() == 0, "what else may be said is not shown"
        await page.close()


@pytest.mark.browser
async def test_mini_app_page_reads_refused_responses_to_the_end_so_that_the_network_becomes_idle(
    site: Website, browser: Browser
) -> None:
    """If the page's script did not read the whole response, the browser would consider the request pending, and a test
    that waits for an idle network would never end.
    """
    page = await open_page(browser, viewport=PHONE)
    await page.goto(f"{site.url}/app", wait_until="networkidle")
    assert await page.locator("[data-when=outside]").is_visible()
