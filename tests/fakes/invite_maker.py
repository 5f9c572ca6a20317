"""In-memory InviteMaker: the subscription bot's creation of invite links, on a MemoryTelegram."""

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
    """Return a channel as the bot sees it, by default with the bot as an administrator with all required rights."""
    return ChannelLook(
        title=title, is_channel=True, is_admin=is_admin, chat_type="channel", chat=chat, missing_rights=missing
    )


class MemoryInviteMaker:
    """In-memory InviteMaker. names: names of the created links, in order. errors: raised by the next calls, one each.
    refused: chats in which the bot may create no link.
    """

    def __init__(self, telegram: MemoryTelegram) -> None:
        self.telegram = telegram
        self.names: list[str] = []
        self.errors: list[UmbralError] = []
        self.refused: set[ChatId] = set()
        self.looks: dict[ChatId | str, ChannelLook] = {}

    async def make(self, chat: ChatId, name: str, expires_at: datetime, *, by_request: bool) -> MadeLink:
        """Create a new link at each call, as Telegram does."""
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
        """Revoke a link. Idempotent."""
        self._may_fail()
        channel = self.telegram.channel(chat)
        channel.links = [
            ExportedLink(link.url, link.title, link.expires_at, is_revoked=link.is_revoked or link.url == url)
            for link in channel.links
        ]

    async def look(self, chat: ChatId | str) -> ChannelLook | None:
        """Return the chat as the bot sees it: the state that the test has set, or else a channel that the bot
        administers. None if there is neither.
        """
        self._may_fail()
        if chat in self.looks:
            return self.looks[chat]
        seen = [each for each in self.telegram.channels if each.chat_id == chat and each.admins]
        return channel_look(seen[0].chat_id, seen[0].title) if seen else None

    def _may_fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
