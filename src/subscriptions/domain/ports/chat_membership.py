"""Ports for admitting people to a chat and removing them, by the bot or by the owning account."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from subscriptions.domain.ids import ChatId, TelegramId

TOO_MANY_CHANNELS: Final = "too_many_channels"
KEPT_OUT: Final = "restricted_by_telegram"
"""Kind of an ActionRequired error: Telegram does not allow the person to join."""
REFUSED: Final = "refused_by_telegram"
"""Obstacle that is no fault of the customer: Telegram refuses to admit them for an unknown reason. It is retried."""


@dataclass(frozen=True)
class MemberCount:
    """Numbers of people in a chat.

    count: number of people in the chat
    staff: administrators that the bot can list, including the operator's bots
    """

    count: int
    staff: frozenset[TelegramId]


class Presence(Enum):
    """Membership status of a person in a chat, as reported by Telegram."""

    INSIDE = auto()
    OUTSIDE = auto()
    BANNED = auto()


class JoinRequests(Protocol):
    """Port for answering join requests of a chat.

    Every call may be repeated. If the intended state already exists, the call succeeds; otherwise it may raise
    RetryLater or Permanent.
    """

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        """Approve a join request. Return False if the request no longer exists. Raise ActionRequired if the person must
        do something before Telegram admits them.
        """
        ...

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        """Decline a join request. Return False if the request no longer exists."""
        ...

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        """Return True if the person is currently a member."""
        ...


class ChatMembership(JoinRequests, Protocol):
    """Port for answering join requests and removing people through the bot, which is an administrator with the right to
    ban.
    """

    async def remove(self, chat: ChatId, person: TelegramId) -> bool:
        """Remove a person without keeping the person banned: ban, verify, unban, verify. Return False if the person
        owns the chat or is an administrator, anonymous or not, and therefore remains.
        """
        ...

    async def presence(self, chat: ChatId, person: TelegramId) -> Presence:
        """Return the person's membership status in the chat. Sends one request."""
        ...

    async def pardon(self, chat: ChatId, person: TelegramId) -> None:
        """Lift a person's ban, if there is one. The caller must make sure that Umbral may lift this ban."""
        ...

    async def bot_rights(self, chat: ChatId, bot: TelegramId) -> Collection[str] | None:
        """Return the current rights of one of the operator's bots in a chat, by the Bot API's names. Return None if the
        bot is not an administrator of the chat.
        """
        ...

    async def member_count(self, chat: ChatId, bots: Collection[TelegramId]) -> MemberCount:
        """Return the number of people in a chat. `bots`: the operator's bots, which are included if they are in the
        chat, because a bot cannot list other bots.
        """
        ...
