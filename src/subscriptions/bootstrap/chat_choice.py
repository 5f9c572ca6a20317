"""Choice of the chat to sell by the owner: with a button in the chat with the bot, or by making the bot an admin
there.
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
    """Texts for the choice. `unfit`: renders a problem. `fit`: renders the confirmation for a suitable chat."""

    offer: str
    channel: str
    group: str
    unfit: Callable[[Problem], str]
    fit: Callable[[ChatFit], str]


async def hear_chat(token: str, api_base: str, owner: int, words: ChoiceWords, judge: Judge) -> ChatFit:
    """Wait until the owner has chosen a suitable chat, and explain each unsuitable one.

    Raises Permanent if the owner has not written to the bot, or another process receives its updates.
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
