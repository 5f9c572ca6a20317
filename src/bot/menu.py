"""The command menu for customers without a chosen language, and the menu button, which opens a page of a feature.

Some commands are added to the menu once they have content.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import MenuButtonDefault, MenuButtonWebApp, WebAppInfo

from bot.commands import menu
from bot.texts import DEFAULT, Texts, load_texts
from bot.waiting import pause
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId

log = structlog.get_logger(__name__)

LOOKED_FOR_EVERY_S: Final = 20.0
Exists = Callable[[], Awaitable[bool | None]]
"""Function that returns True once a late command has content; None if this is unknown."""


async def show_menu(bot: Bot, *, late: Collection[str] = (), hidden: Collection[str] = ()) -> None:
    """Register the commands in every language at Telegram. late: commands that have content already. hidden: commands
    of features that are off.
    """
    for language, t in load_texts().items():
        if not language.isalpha():
            # Telegram accepts plain language codes only, without a country.
            continue
        code = None if language == DEFAULT else language
        await bot.set_my_commands(menu(t, late=late, hidden=hidden), language_code=code)


@dataclass(frozen=True)
class MenuPage:
    """Page that the menu button opens. label: key of the button's text."""

    address: str
    label: str


async def offer_page(bot: Bot, page: MenuPage | None) -> None:
    """Make the menu button of every chat open a page. page: None restores the default button."""
    button = _opens(page, load_texts()[DEFAULT]) if page is not None else MenuButtonDefault()
    await bot.set_chat_menu_button(menu_button=button)


async def name_page(bot: Bot, page: MenuPage | None, chat: TelegramId, t: Texts) -> None:
    """Set the menu button's label in one chat to the customer's language.

    Unlike commands, the button has one label for all languages (core.telegram.org/bots/api#setchatmenubutton). A
    failure is logged and ignored.
    """
    if page is None:
        return
    button = MenuButtonDefault() if t.language == DEFAULT else _opens(page, t)
    try:
        await bot.set_chat_menu_button(chat, button)
    except TelegramAPIError as error:
        log.warning("the menu button keeps its name", reason=str(error))


def _opens(page: MenuPage, t: Texts) -> MenuButtonWebApp:
    return MenuButtonWebApp(text=t.plain(page.label), web_app=WebAppInfo(url=page.address))


async def add_late(bot: Bot, late: Mapping[str, Exists], stop: asyncio.Event, hidden: Collection[str] = ()) -> None:
    """Add each late command to the menu as soon as it has content, which another process may create. Poll until every
    late command has content.

    late: functions that return True once there is content, keyed by command
    """
    shown: set[str] = set()
    while not stop.is_set() and shown != late.keys():
        try:
            found = await names_with_something(late)
            if not found <= shown:
                await show_menu(bot, late=found, hidden=hidden)
                shown = found
                continue
        except (RetryLater, TelegramAPIError) as error:
            log.warning("the menu is shown later", reason=str(error))
        await pause(stop, LOOKED_FOR_EVERY_S)


async def names_with_something(late: Mapping[str, Exists]) -> set[str]:
    """Return the names of the late commands that have content. Raises RetryLater if the database is temporarily
    unavailable.
    """
    return {name for name, exists in late.items() if await exists()}


@asynccontextmanager
async def watched_menu(bot: Bot, late: Mapping[str, Exists], hidden: Collection[str] = ()) -> AsyncIterator[None]:
    """Run `add_late` in the background while the block runs."""
    stop = asyncio.Event()
    watch = asyncio.create_task(add_late(bot, late, stop, hidden))
    try:
        yield
    finally:
        stop.set()
        await watch
