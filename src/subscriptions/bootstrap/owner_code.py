"""Identification of the owner's Telegram account: the owner sends the bot a code that the terminal shows."""

import asyncio
import secrets
from contextlib import suppress
from typing import Final

from subscriptions.application.people.customers import OWNER_LINK
from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure.telegram.bot_desk import BotDesk, ChatWord

_LISTEN_S: Final = 20
_PAUSE_S: Final = 2.0


def new_code() -> str:
    """Return a random code that can be used as the parameter of a deep link to the bot."""
    return f"{OWNER_LINK}{secrets.token_hex(5)}"


async def wait_for_owner(token: str, api_base: str, code: str, greeting: str) -> ChatWord:
    """Wait until a person sends the code to the bot, and greet that person.

    Raises Permanent if another process receives the bot's updates.
    """
    async with BotDesk(token, api_base) as desk:
        while True:
            with suppress(RetryLater):
                chat_word = await _owner_word(desk, code, greeting, _LISTEN_S)
                if chat_word is not None:
                    return chat_word
            # Updates of other people stay unconfirmed for the bot, so Telegram returns them immediately at each
            # request.
            await asyncio.sleep(_PAUSE_S)


async def look_for_owner(token: str, api_base: str, code: str, greeting: str) -> ChatWord | None:
    """Return the message of the person who sent the code, and greet that person; None if nobody has
    sent the code yet.
    """
    async with BotDesk(token, api_base) as desk:
        return await _owner_word(desk, code, greeting, 0)


async def _owner_word(desk: BotDesk, code: str, greeting: str, wait_s: int) -> ChatWord | None:
    words = await desk.words(wait_s)
    chat_word = next((word for word in words if code in word.text), None)
    if chat_word is None:
        return None
    earlier = words[: words.index(chat_word)]
    if all(word.telegram_id == chat_word.telegram_id for word in earlier):
        # The owner's own /start needs no separate welcome. Updates of other people must not be confirmed, because the
        # bot would never receive them.
        await desk.acknowledge_word(chat_word)
    await desk.say(chat_word.telegram_id, greeting)
    return chat_word
