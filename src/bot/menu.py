"""The menu of commands, as everybody has it who chose no language, with the record from the first tip on; and the menu
button, which opens the Mini App."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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


async def show_menu(bot: Bot, *, has_record: bool) -> None:
    """Have Telegram list the commands in every language."""
    for language, t in load_texts().items():
        if not language.isalpha():
            # It takes languages alone, and no country's own.
            continue
        code = None if language == DEFAULT else language
        await bot.set_my_commands(menu(t, has_record=has_record), language_code=code)


async def offer_app(bot: Bot, address: str | None) -> None:
    """Have the menu button of every chat open the Mini App. address: None where there is none."""
    button = _opens(address, load_texts()[DEFAULT]) if address is not None else MenuButtonDefault()
    await bot.set_chat_menu_button(menu_button=button)


async def name_app(bot: Bot, address: str | None, chat: TelegramId, t: Texts) -> None:
    """Name that button in one chat in its language: unlike commands, Telegram takes one name for all languages
    (core.telegram.org/bots/api#setchatmenubutton). What comes of it changes nothing else."""
    if address is None:
        return
    button = MenuButtonDefault() if t.language == DEFAULT else _opens(address, t)
    try:
        await bot.set_chat_menu_button(chat, button)
    except TelegramAPIError as error:
        log.warning("the menu button keeps its name", reason=str(error))


def _opens(address: str, t: Texts) -> MenuButtonWebApp:
    return MenuButtonWebApp(text=t.plain("buttons.mini_app"), web_app=WebAppInfo(url=address))


async def add_record(bot: Bot, exists: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
    """Show the menu with the record as soon as there is one; whoever publishes the first tip need not be this process.

    exists: whether there is one.
    """
    while not stop.is_set():
        try:
            if await exists():
                await show_menu(bot, has_record=True)
                return
        except (RetryLater, TelegramAPIError) as error:
            log.warning("the menu is shown later", reason=str(error))
        await pause(stop, LOOKED_FOR_EVERY_S)


@asynccontextmanager
async def watched_menu(bot: Bot, exists: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """Look for the first tip while the block runs."""
    stop = asyncio.Event()
    watch = asyncio.create_task(add_record(bot, exists, stop))
    try:
        yield
    finally:
        stop.set()
        await watch
