"""The subscription bot at the doors of channels, in memory: ChannelDoor over a MemoryTelegram."""

from __future__ import annotations

from collections.abc import Callable, Collection

from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_door import Heads, Presence
from tests.fakes.provisioner import MadeChannel, MemoryTelegram

Refusal = Callable[[str, TelegramId], None]
"""Called with the method and the person before it is done; raises what is to go wrong there."""


def no_refusal(method: str, person: TelegramId) -> None:
    """Nothing goes wrong."""


class MemoryDoor:
    """What the bot does, in order. refusal: lets the next calls go wrong. rights: of bots that administer a chat."""

    def __init__(self, telegram: MemoryTelegram) -> None:
        self.telegram = telegram
        self.refusal: Refusal = no_refusal
        self.calls: list[tuple[str, TelegramId]] = []
        self.rights: dict[tuple[ChatId, TelegramId], Collection[str]] = {}

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        """Let in who asked."""
        channel = self._ask("approve", chat, person)
        if person not in channel.waiting:
            return False
        channel.waiting.discard(person)
        channel.members.add(person)
        return True

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        """Turn away who asked."""
        channel = self._ask("decline", chat, person)
        waited = person in channel.waiting
        channel.waiting.discard(person)
        return waited

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        """Whether they are a member."""
        return person in self._ask("look", chat, person).members

    async def presence(self, chat: ChatId, person: TelegramId) -> Presence:
        """By who is inside, and who is banned."""
        channel = self._ask("look", chat, person)
        if person in channel.members:
            return Presence.INSIDE
        return Presence.BANNED if person in channel.banned else Presence.OUTSIDE

    async def remove(self, chat: ChatId, person: TelegramId) -> bool:
        """Ban, then unban; each may go wrong. Telegram lets nobody ban an administrator."""
        channel = self._ask("ban", chat, person)
        if person in channel.promoted:
            return False
        channel.members.discard(person)
        channel.banned.add(person)
        await self.pardon(chat, person)
        return True

    async def pardon(self, chat: ChatId, person: TelegramId) -> None:
        """Unban."""
        self._ask("unban", chat, person).banned.discard(person)

    async def bot_rights(self, chat: ChatId, bot: TelegramId) -> Collection[str] | None:
        """None for one that is no administrator there."""
        self._ask("rights", chat, bot)
        return self.rights.get((chat, bot))

    async def heads(self, chat: ChatId, bots: Collection[TelegramId]) -> Heads:
        """Its members, its administrators, and the bots there."""
        channel = self.telegram.channel(chat)
        staff = channel.promoted | {TelegramId(bot) for bot in channel.admins}
        return Heads(len(channel.members | staff), frozenset(staff))

    def _ask(self, method: str, chat: ChatId, person: TelegramId) -> MadeChannel:
        self.calls.append((method, person))
        self.refusal(method, person)
        return self.telegram.channel(chat)
