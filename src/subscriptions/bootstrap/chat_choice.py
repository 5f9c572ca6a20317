"""Selection of the chat that a new installation sells. The owner picks the chat with a button in the conversation with
the bot, or makes the bot an admin of the chat.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from subscriptions.bootstrap.checks.chats import ChatFit
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure.telegram.bot_desk import BotDesk

_LISTEN_S: Final = 20
_PAUSE_S: Final = 2.0

Judge = Callable[[int], Awaitable[ChatFit | Problem]]


@dataclass(frozen=True, kw_only=True)
class ChoiceWords:
    """Texts shown during the selection of a chat.

    unfit: function that renders a problem with the chat
    fit: function that renders the confirmation of a suitable chat
    """

    offer: str
    channel: str
    group: str
    unfit: Callable[[Problem], str]
    fit: Callable[[ChatFit], str]


async def wait_for_chat(token: str, api_base: str, owner: int, words: ChoiceWords, judge: Judge) -> ChatFit:
    """Wait until the owner selects a suitable chat. For each unsuitable chat, send the owner the reason for the
    refusal.

    Raises Permanent if the owner has not written to the bot, or another process receives the bot's updates.
    """
    update_ids = set[int]()
    async with BotDesk(token, api_base) as desk:
        await desk.ask_for_chat(owner, words.offer, words.channel, words.group)
        while True:
            try:
                choices = await desk.choices(_LISTEN_S)
            except RetryLater:
                await asyncio.sleep(_PAUSE_S)
                continue
            for choice in choices:
                if choice.person != owner or choice.update_id in update_ids:
                    continue
                update_ids.add(choice.update_id)
                fit = await judge(choice.chat)
                if isinstance(fit, ChatFit):
                    await desk.end_asking(owner, words.fit(fit))
                    return fit
                await desk.say(owner, words.unfit(fit))
            # Telegram delivers processed updates again until the bot itself confirms them.
            await asyncio.sleep(_PAUSE_S)


async def offer_choice(token: str, api_base: str, owner: int, words: ChoiceWords) -> None:
    """Send the owner the buttons that open Telegram's choice of a channel or group. Raises RetryLater and Permanent."""
    async with BotDesk(token, api_base) as desk:
        await desk.ask_for_chat(owner, words.offer, words.channel, words.group)


async def look_for_choice(
    token: str, api_base: str, owner: int, words: ChoiceWords, judge: Judge
) -> ChatFit | Problem | None:
    """Return the chat that the owner selected last, or the problem with the chat; None if none was selected yet.

    Raises RetryLater, and Permanent if another process receives the bot's updates.
    """
    async with BotDesk(token, api_base) as desk:
        choices = [each for each in await desk.choices(0) if each.person == owner]
        fit = await judge(choices[-1].chat) if choices else None
        if isinstance(fit, ChatFit):
            await desk.end_asking(owner, words.fit(fit))
        return fit
