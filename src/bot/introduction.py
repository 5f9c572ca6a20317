"""Startup steps of the bot: identify the bots, record their names for other processes, and register commands."""

import asyncio
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)

from bot.feature import channel_readers, hidden_commands, late_commands, menu_page
from bot.menu import names_with_something, offer_page, show_menu
from bot.waiting import backoff, pause
from subscriptions.application.people.operators import BotName
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId

log = structlog.get_logger(__name__)

LONGEST_PAUSE_S: Final = 30.0


async def introduce(container: BotContainer, stop: asyncio.Event) -> bool:
    """Complete the startup, retrying while Telegram is unavailable.

    Return False if the process was stopped before the startup was complete. Raises InvalidInput with the name of the
    setting if a token is invalid.
    """
    failures = 0
    while not stop.is_set():
        try:
            await _introduce(container)
            return True
        except TelegramAPIError as error:
            failures += 1
            log.warning("Telegram does not answer yet", reason=str(error), failures=failures)
            await pause(stop, backoff(failures, LONGEST_PAUSE_S))
    return False


async def _introduce(container: BotContainer) -> None:
    bots = container.bots()
    bot_name = await _name(bots.subscription, "TELEGRAM_SUBSCRIPTION_BOT_TOKEN")
    senders = [await _name(sender, "SENDER_BOT_TOKENS") for sender in bots.senders]
    await container.introduce_bots()(bot_name, senders)
    await container.watch_files()(bot_name.telegram_id)
    await container.appoint_owners().appoint_known()
    await container.vip.seal_codes()()
    settings = container.settings()
    await container.vip.keep_whitelist()(settings.whitelist_ids)
    vip_channel = settings.vip_channel_id
    if vip_channel is not None:
        await container.vip.apply_vip_setting()(ChatId(vip_channel))
    # Under earlier versions, customers may still be waiting although the channel exists by now.
    await container.vip.admit_waiting()()
    for reader in channel_readers(container):
        await reader.look(bots.subscription)
    await offer_page(bots.subscription, menu_page(container))
    late = await names_with_something(late_commands(container))
    hidden = hidden_commands(container.core.features())
    await show_menu(bots.subscription, late=late, hidden=hidden)


async def _name(bot: Bot, setting: str) -> BotName:
    try:
        me = await bot.get_me()
    except (TelegramUnauthorizedError, TelegramNotFound) as error:
        raise InvalidInput(setting, "Telegram does not know this token; take it from @BotFather anew") from error
    return BotName(me.id, me.username or "")
