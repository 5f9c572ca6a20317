"""Letting people in and out of a channel, by whoever may: the bot, or the owning account."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from subscriptions.domain.ids import ChatId, TelegramId

TOO_MANY_CHANNELS: Final = "too_many_channels"
KEPT_OUT: Final = "restricted_by_telegram"
"""Words of ActionRequired: why Telegram does not admit somebody."""


@dataclass(frozen=True)
class Heads:
    """How many are inside a chat, and of them who administers it, bots of ours among them: those the bot can name."""

    count: int
    staff: frozenset[TelegramId]


class Presence(Enum):
    """How somebody stands with a chat at Telegram."""

    INSIDE = auto()
    OUTSIDE = auto()
    BANNED = auto()


class JoinDoor(Protocol):
    """All calls may be repeated; what is so already counts as done. Raise RetryLater or Permanent otherwise."""

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        """Let a person in who asked. False: there is no such request (any more). Raises ActionRequired where Telegram
        does not admit the person before they do something."""
        ...

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        """Turn a person away who asked. False: there is no such request (any more)."""
        ...

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        """Whether the person is a member now."""
        ...


class ChannelDoor(JoinDoor, Protocol):
    """The door as the bot, an admin that may ban, works it."""

    async def remove(self, chat: ChatId, person: TelegramId) -> bool:
        """Put a person out without barring the way back: ban, verify, unban, verify. False: they own the chat or are an
        administrator of it, anonymous or not, and stay."""
        ...

    async def presence(self, chat: ChatId, person: TelegramId) -> Presence:
        """Return how a person stands with the chat, by one request."""
        ...

    async def pardon(self, chat: ChatId, person: TelegramId) -> None:
        """Lift a person's ban, if there is one. Callers make sure that it is ours to lift."""
        ...

    async def bot_rights(self, chat: ChatId, bot: TelegramId) -> Collection[str] | None:
        """What a bot of ours may do in a chat at this moment, by the Bot API's names. None: it is no administrator."""
        ...

    async def heads(self, chat: ChatId, bots: Collection[TelegramId]) -> Heads:
        """How many are inside. bots: of ours, of whom those count that administer it. A bot can list nobody else."""
        ...
