"""The owner chooses the chat to sell: by a button in the bot's chat, or by making the bot an administrator there."""

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
    """What the bot says of it. unfit: the sentence of a problem; fit: that of a chat which will do."""

    offer: str
    channel: str
    group: str
    unfit: Callable[[Problem], str]
    fit: Callable[[ChatFit], str]


async def hear_chat(token: str, api_base: str, owner: int, words: ChoiceWords, judge: Judge) -> ChatFit:
    """Wait until the owner has chosen a chat that will do; why another one will not is said each time. Raises
    Permanent: the owner has not written to the bot, or another process takes its updates."""
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
            # What was judged is told again until the bot itself takes it.
            await asyncio.sleep(_PAUSE_S)
