"""Check that a chat of the operator can be sold. The check uses the bot that will manage the chat."""

from dataclasses import dataclass

from subscriptions.application.access.chat_check import ChatUnfit, look_at
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId
from subscriptions.infrastructure.telegram.bot_desk import BotDesk


@dataclass(frozen=True)
class ChatFit:
    """Result of a check: a chat that is suitable for sale."""

    chat: ChatId
    title: str


async def ask_chat(token: str, api_base: str, chat: str, owner: int | None) -> ChatFit | Problem:
    """Check that a chat can be sold.

    chat: its id or `@name`
    owner: person who must be an administrator of the chat; None to skip this test
    """
    try:
        async with BotDesk(token, api_base) as desk:
            _, named_chat = await look_at(desk, chat)
            if owner is not None and not await desk.is_boss(named_chat.chat, owner):
                return unfit("not_yours", title=named_chat.title)
    except ChatUnfit as error:
        return unfit(error.reason, **error.facts)
    except RetryLater as silence:
        return unfit("silent", detail=str(silence))
    return ChatFit(named_chat.chat, named_chat.title)


def unfit(reason: str, **facts: str) -> Problem:
    """Create a problem about a chat. `reason`: a reason of `ChatUnfit`, or `not_yours` or `silent`."""
    return Problem(subject="chat", code=f"chat_{reason}", setting="CHAT", facts=facts)
