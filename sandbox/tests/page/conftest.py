"""A browser on the sandbox's page, and a small bot that answers it.

The tests of a module share the browser, and with it one event loop; each has a sandbox, visitors and a bot of its own.
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
"""How long something on the page may take, on a machine that has other work too."""
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}
KEYBOARD = [
    [{"text": "Ver Planes", "callback_data": "plans"}],
    [{"text": "Aviso", "callback_data": "alert"}, {"text": "Saludo", "callback_data": "toast"}],
]


class ShopBot:
    """Answers the scene's bot's updates over the Bot API, as plainly as can be."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.plans: list[list[dict[str, Any]]] = [[{"text": "⬅️ Volver", "callback_data": "home"}]]
        self.answer = asyncio.Event()
        self.answer.set()

    async def run(self) -> None:
        """Asks for updates and answers them, until it is cancelled."""
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
    """A sandbox of this test's own, in memory, on the module's loop."""
    async with running_sandbox() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def shop(scene: Scene) -> AsyncIterator[ShopBot]:
    """The scene's bot, alive."""
    bot = ShopBot(scene)
    task = asyncio.create_task(bot.run())
    yield bot
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """A real browser without a window."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        yield launched
        await launched.close()


def _is_ours(line: ConsoleMessage) -> bool:
    # The browser itself reports every 4xx; whether one was right is for the test to see on the page.
    return line.type == "error" and not line.text.startswith("Failed to load resource")


Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, scene: Scene) -> AsyncIterator[Visit]:
    """`await visit()` opens the page as a new visitor; errors on the page fail the test."""
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
    """The half with the phone."""
    return page.locator("#phone")


def room_of(page: Page) -> Locator:
    """The half with the control room."""
    return page.locator("#room")


async def greeted(page: Page) -> Locator:
    """The phone with the shop's chat open and its first answer there."""
    phone = phone_of(page)
    await phone.get_by_role("button", name="Shop").click()
    await phone.get_by_role("button", name="Iniciar").click()
    await phone.get_by_role("button", name="Ver Planes").wait_for()
    return phone
