"""The subscription bot as it makes links into a channel, in memory: InviteMaker over a MemoryTelegram."""

from __future__ import annotations

from datetime import datetime

from subscriptions.domain.errors import Permanent, UmbralError
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.channel_provisioner import ExportedLink
from subscriptions.domain.ports.invite_maker import ChannelLook, MadeLink
from tests.fakes.provisioner import MemoryTelegram


def channel_look(
    chat: ChatId, title: str = "VIP", *, is_admin: bool = True, missing: tuple[str, ...] = ()
) -> ChannelLook:
    """A channel as the bot sees it, an administrator that may do all it has to unless said otherwise."""
    return ChannelLook(
        title=title, is_channel=True, is_admin=is_admin, chat_type="channel", chat=chat, missing_rights=missing
    )


class MemoryInviteMaker:
    """names: of the links it made, in order. errors: raised by the next calls, one each. refused: chats in which the
    bot may make no link."""

    def __init__(self, telegram: MemoryTelegram) -> None:
        self.telegram = telegram
        self.names: list[str] = []
        self.errors: list[UmbralError] = []
        self.refused: set[ChatId] = set()
        self.looks: dict[ChatId | str, ChannelLook] = {}

    async def make(self, chat: ChatId, name: str, expires_at: datetime, *, by_request: bool) -> MadeLink:
        """A link of its own each time, as Telegram does it."""
        self._may_fail()
        if chat in self.refused:
            raise Permanent("Bad Request: not enough rights to manage chat invite link")
        if len(name) > 32:
            raise Permanent("Bad Request: invite link name is too long")
        url = f"https://t.me/+vip{self.telegram.number()}"
        self.names.append(name)
        self.telegram.by_request[url] = by_request
        self.telegram.channel(chat).links.append(ExportedLink(url, name, expires_at))
        return MadeLink(url, expires_at)

    async def revoke(self, chat: ChatId, url: str) -> None:
        """Idempotent."""
        self._may_fail()
        channel = self.telegram.channel(chat)
        channel.links = [
            ExportedLink(link.url, link.title, link.expires_at, is_revoked=link.is_revoked or link.url == url)
            for link in channel.links
        ]

    async def look(self, chat: ChatId | str) -> ChannelLook | None:
        """What a test said the bot sees there; else whether it is an admin of such a channel."""
        self._may_fail()
        if chat in self.looks:
            return self.looks[chat]
        seen = [each for each in self.telegram.channels if each.chat_id == chat and each.admins]
        return channel_look(seen[0].chat_id, seen[0].title) if seen else None

    def _may_fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
