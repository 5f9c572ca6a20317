"""Part of the in-memory ChannelProvisioner that concerns channels with several accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import ChannelRef, Insider
from tests.support.refusals import refusal


class MemorySharing:
    """Actions of the connected account in channels where it is the backup admin, and its actions on the backup admin of
    its own channels.
    """

    _world: Any
    _account: Any
    _ask: Any
    _done: Any
    _own: Any
    _ref: Any

    async def find_administered(self, chat: ChatId) -> ChannelRef | None:
        await self._ask("GetDialogs")
        found = [
            channel
            for channel in self._world.channels
            if channel.chat_id == chat and (channel.owner == self._account.id or self._account.id in channel.listers)
        ]
        return self._ref(found[0]) if found else None

    async def find_inside(self, chats: Collection[ChatId]) -> Sequence[ChannelRef]:
        there = await self.channels()
        return [self._ref(each) for each in self._world.channels if each.chat_id in there.intersection(chats)]

    async def missing_posts(self, channel: ChannelRef, posts: Collection[int]) -> frozenset[int]:
        await self._ask("GetMessages")
        own = self._own(channel)
        if own.chat_id not in await self._inside():
            raise refusal("GetChannels", "CHANNEL_PRIVATE")
        return frozenset(posts) - own.posts.keys()

    async def delete_posts(self, channel: ChannelRef, posts: Collection[int]) -> None:
        await self._ask("DeleteMessages")
        own = self._own(channel)
        if own.chat_id not in await self._inside():
            raise refusal("GetChannels", "CHANNEL_PRIVATE")
        if self._account.id not in {own.owner, *own.listers} and await self.myself() not in own.promoted:
            raise refusal("DeleteMessages", "CHAT_ADMIN_REQUIRED")
        own.posts = {number: text for number, text in own.posts.items() if number not in posts}
        self._done("DeleteMessages")

    async def channels(self) -> frozenset[ChatId]:
        await self._ask("GetDialogs")
        return await self._inside()

    async def _inside(self) -> frozenset[ChatId]:
        me, mine = await self.myself(), self._account.id
        return frozenset(
            each.chat_id
            for each in self._world.channels
            if each.owner == mine or mine in each.listers or me in each.members
        )

    async def join(self, link: str) -> ChannelRef | None:
        await self._ask("ImportChatInvite")
        myself = await self.myself()
        for channel in self._world.channels:
            if any(live.url == link for live in self._world.live_links(channel)):
                if myself not in channel.members and not self._world.by_request[link]:
                    channel.links = [
                        replace(each, is_revoked=each.is_revoked or each.url == link) for each in channel.links
                    ]
                channel.members.add(myself)
                self._done("ImportChatInvite")
                return self._ref(channel)
        return None

    async def promote(self, channel: ChannelRef, person: Insider) -> None:
        await self._ask("EditAdmin")
        self._own(channel).promoted.add(person.telegram_id)
        self._done("EditAdmin")

    async def myself(self) -> TelegramId:
        return TelegramId(self._account.telegram_id or 1_000_000 + self._account.id)
