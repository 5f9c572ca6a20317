"""Fixtures of a browser that opens the sandbox's page, and of a small bot that answers the page's visitors.

The tests of a module share the browser, and with it one event loop; each has its own sandbox, visitors and bot.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from tests.conftest import browser_path
from tests.sandbox.conftest import Scene
from tests.support.plain_http import plain_http
from umbral_sandbox.server import Sandbox, running_sandbox

__all__ = ["browser_path"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 90_000
"""Timeout of expectations on the page, which allows for a busy machine."""
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}
KEYBOARD = [
    [{"text": "Ver Planes", "callback_data": "plans"}],
    [{"text": "Aviso", "callback_data": "alert"}, {"text": "Saludo", "callback_data": "toast"}],
]


class ShopBot:
    """Minimal bot that answers the updates of the scene's bot over the Bot API."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.plans: list[list[dict[str, Any]]] = [[{"text": "⬅️ Volver", "callback_data": "home"}]]
        self.answer = asyncio.Event()
        self.answer.set()

    async def run(self) -> None:
        """Fetch updates and answer them until cancelled."""
        async with plain_http(timeout=90) as client:
            offset = 0
            while True:
                for update in await self._call(client, "getUpdates", offset=offset, timeout=20):
                    offset = update["update_id"] + 1
                    await self._answer(client, update)

    async def _answer(self, client: httpx.AsyncClient, update: dict[str, Any]) -> None:
        if message := update.get("message"):
            name = message["from"]["first_name"]
            text = f"Hola {name}: «{message.get('text', '')}»"
            await self._call(
                client,
                "sendMessage",
                chat_id=message["chat"]["id"],
                text=text,
                entities=[{"type": "bold", "offset": 0, "length": 4}],
                reply_markup={"inline_keyboard": KEYBOARD},
            )
        if pressed := update.get("callback_query"):
            await self.answer.wait()
            said = {"alert": ("Solo hoy", True), "toast": ("Hola de nuevo", False)}.get(pressed["data"], ("", False))
            await self._call(
                client, "answerCallbackQuery", callback_query_id=pressed["id"], text=said[0], show_alert=said[1]
            )
            if pressed["data"] == "plans":
                await self._call(
                    client,
                    "editMessageText",
                    chat_id=pressed["message"]["chat"]["id"],
                    message_id=pressed["message"]["message_id"],
                    text="Elige un plan:",
                    reply_markup={"inline_keyboard": self.plans},
                )

    async def _call(self, client: httpx.AsyncClient, method: str, **values: Any) -> Any:
        answer = await client.post(f"{self._scene.sandbox.url}/bot{self._scene.bot.token}/{method}", json=values)
        return answer.json()["result"]


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Provide a sandbox for this test, in memory, on the module's event loop."""
    async with running_sandbox() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def shop(scene: Scene) -> AsyncIterator[ShopBot]:
    """Provide the scene's bot, running."""
    bot = ShopBot(scene)
    task = asyncio.create_task(bot.run())
    yield bot
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """Provide a headless browser."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        yield launched
        await launched.close()


def _is_ours(line: ConsoleMessage) -> bool:
    # The browser reports every 4xx as an error; each test checks on the page whether a 4xx was right.
    return line.type == "error" and not line.text.startswith("Failed to load resource")


Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, scene: Scene) -> AsyncIterator[Visit]:
    """Provide the function `await visit()`, which opens the page as a new visitor. Errors on the page fail the test."""
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    async def opened(size: dict[str, int] | None = None, locale: str = "es-ES", **options: Any) -> Page:
        context = await browser.new_context(viewport=size or WIDE, locale=locale, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if _is_ours(line) else None)
        await page.goto(scene.sandbox.url)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert not errors


def phone_of(page: Page) -> Locator:
    """Return the half of the page that contains the phone."""
    return page.locator("#phone")


def room_of(page: Page) -> Locator:
    """Return the half of the page that contains the control room."""
    return page.locator("#room")


async def greeted(page: Page) -> Locator:
    """Open the shop's chat on the phone and wait for the bot's first answer."""
    phone = phone_of(page)
    await phone.get_by_role("button", name="Shop").click()
    await phone.get_by_role("button", name="Iniciar").click()
    await phone.get_by_role("button", name="Ver Planes").wait_for()
    return phone
