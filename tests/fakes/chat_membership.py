"""In-memory ChatMembership: the subscription bot's handling of join requests and members, on a MemoryTelegram."""

from __future__ import annotations

from collections.abc import Callable, Collection

from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.chat_membership import MemberCount, Presence
from tests.fakes.provisioner import MadeChannel, MemoryTelegram

Refusal = Callable[[str, TelegramId], None]
"""Function called with the name of the method and the person before an action. It raises the error that the test has
set, if any.
"""


def no_refusal(method: str, person: TelegramId) -> None:
    """Raise no error. Default for `refusal`."""


class MemoryChatMembership:
    """In-memory ChatMembership, which records the bot's actions in order. refusal: function that raises the error of
    the next calls. rights: rights of bots that administer a chat.
    """

    def __init__(self, telegram: MemoryTelegram) -> None:
        self.telegram = telegram
        self.refusal: Refusal = no_refusal
        self.calls: list[tuple[str, TelegramId]] = []
        self.rights: dict[tuple[ChatId, TelegramId], Collection[str]] = {}

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        """Approve a join request. Return False if the person has not requested to join."""
        channel = self._ask("approve", chat, person)
        if person not in channel.waiting:
            return False
        channel.waiting.discard(person)
        channel.members.add(person)
        return True

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        """Decline a join request. Return False if the person has not requested to join."""
        channel = self._ask("decline", chat, person)
        waited = person in channel.waiting
        channel.waiting.discard(person)
        return waited

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        """Return True if the person is a member."""
        return person in self._ask("look", chat, person).members

    async def presence(self, chat: ChatId, person: TelegramId) -> Presence:
        """Return the person's status as member, banned or absent."""
        channel = self._ask("look", chat, person)
        if person in channel.members:
            return Presence.INSIDE
        return Presence.BANNED if person in channel.banned else Presence.OUTSIDE

    async def remove(self, chat: ChatId, person: TelegramId) -> bool:
        """Ban the person, then lift the ban; either call may fail. Return False for an administrator, because Telegram
        does not allow a ban of an administrator.
        """
        channel = self._ask("ban", chat, person)
        if person in channel.promoted:
            return False
        channel.members.discard(person)
        channel.banned.add(person)
        await self.pardon(chat, person)
        return True

    async def pardon(self, chat: ChatId, person: TelegramId) -> None:
        """Unban a person."""
        self._ask("unban", chat, person).banned.discard(person)

    async def bot_rights(self, chat: ChatId, bot: TelegramId) -> Collection[str] | None:
        """Return the bot's rights, or None if the bot is not an administrator of the chat."""
        self._ask("rights", chat, bot)
        return self.rights.get((chat, bot))

    async def member_count(self, chat: ChatId, bots: Collection[TelegramId]) -> MemberCount:
        """Return the number of members, together with the administrators and bots among them."""
        channel = self.telegram.channel(chat)
        staff = channel.promoted | {TelegramId(bot) for bot in channel.admins}
        return MemberCount(len(channel.members | staff), frozenset(staff))

    def _ask(self, method: str, chat: ChatId, person: TelegramId) -> MadeChannel:
        self.calls.append((method, person))
        self.refusal(method, person)
        return self.telegram.channel(chat)
