"""The menu of commands, as everybody has it who chose no language: with the record from the first tip on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from bot.commands import menu
from bot.texts import DEFAULT, load_texts
from bot.waiting import pause
from subscriptions.domain.errors import RetryLater

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
