"""In-memory Telegram as userbot accounts see it: fakes of AccountSessions and ChannelProvisioner."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, ChatId, TelegramId, bot_api_chat_id
from subscriptions.domain.ports.channel_provisioner import (
    AccountUnavailable,
    AdminRights,
    BotRef,
    ChannelProvisioner,
    ChannelRef,
    ChannelState,
    ExportedLink,
    FloodWait,
    Insider,
    JoinRequester,
    PeerGone,
)
from subscriptions.domain.ports.clock import Clock
from tests.fakes.sharing import MemorySharing
from tests.support.refusals import refusal

Trouble = Callable[[AccountId, str, str], None]
"""Function called with the account, the method, and `before` or `after` the work. It raises the error that the test has
set, if any.
"""


def no_trouble(account: AccountId, method: str, moment: str) -> None:
    """Do nothing. Default that raises no error."""


@dataclass
class MadeChannel:
    """A channel as stored by the simulated Telegram."""

    chat_id: ChatId
    owner: AccountId
    title: str
    about: str
    made_at: datetime
    protected: bool = False
    admins: dict[int, AdminRights] = field(default_factory=dict)
    posts: dict[int, str] = field(default_factory=dict)
    pinned: str | None = None
    links: list[ExportedLink] = field(default_factory=list)
    listers: set[AccountId] = field(default_factory=set)
    waiting: set[TelegramId] = field(default_factory=set)
    members: set[TelegramId] = field(default_factory=set)
    promoted: set[TelegramId] = field(default_factory=set)
    banned: set[TelegramId] = field(default_factory=set)

    def bears(self, marker: str) -> bool:
        """Return True if the marker is in the description or in a link's title."""
        return self.about.endswith(marker) or any((link.title or "").startswith(marker) for link in self.links)


class MemoryTelegram:
    """State of the simulated Telegram, and all calls of the accounts.

    connected: open connections by account. by_request: True if a link requires a join request. outside: accounts that
        are in no channel.
    """

    def __init__(self, clock: Clock, bots: dict[str, int] | None = None) -> None:
        self.clock = clock
        self.bots = bots or {}
        self.salt = 1
        self.channels: list[MadeChannel] = []
        self.calls: list[tuple[AccountId, str]] = []
        self.connected: dict[AccountId, int] = {}
        self.trouble: Trouble = no_trouble
        self.outside: set[AccountId] = set()
        self.by_request: dict[str, bool] = {}
        self._numbers = itertools.count(1)

    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]:
        """Connect an account, as the port AccountSessions describes."""
        return self._open(account)

    def channel(self, chat_id: ChatId) -> MadeChannel:
        """Return a channel by its Bot API id."""
        return next(channel for channel in self.channels if channel.chat_id == chat_id)

    def access_hash(self, account: AccountId, peer: int) -> int:
        """Return an access hash that differs for every account."""
        return hash((self.salt if peer in self.bots.values() else 0, account, peer))

    def salt_bots(self) -> None:
        """Change the access hash of every bot from now on."""
        self.salt += 1

    def live_links(self, channel: MadeChannel) -> list[ExportedLink]:
        """Return the links that are valid now."""
        now = self.clock.now()
        return [link for link in channel.links if not link.is_revoked and (link.expires_at or now) >= now]

    def number(self) -> int:
        """Return a number that was not used before, for a new id."""
        return next(self._numbers)

    @asynccontextmanager
    async def _open(self, account: UserbotAccount) -> AsyncIterator[ChannelProvisioner]:
        if self.connected.get(account.id):
            raise AccountUnavailable("dead", "AuthKeyDuplicatedError")
        self.connected[account.id] = 1
        try:
            yield _Connected(self, account)
        finally:
            self.connected[account.id] = 0


class _Connected(MemorySharing):
    """In-memory ChannelProvisioner."""

    def __init__(self, world: MemoryTelegram, account: UserbotAccount) -> None:
        self._world = world
        self._account = account

    async def find_channels(self, marker: str, oldest: datetime, known_ids: frozenset[int]) -> Sequence[ChannelRef]:
        await self._ask("GetDialogs")
        marked = (each for each in self._world.channels if each.owner == self._account.id and each.bears(marker))
        return [self._ref(each) for each in marked if each.chat_id not in known_ids and each.made_at >= oldest]

    async def exists(self, channel: ChannelRef) -> bool:
        await self._ask("GetChannels")
        try:
            own = self._own(channel)
        except PeerGone:
            return False
        return own.chat_id in await self._inside()

    async def inspect(self, channel: ChannelRef) -> ChannelState:
        await self._ask("GetChannels")
        await self._ask("GetParticipants")
        own = self._own(channel)
        return ChannelState(title=own.title, is_protected=own.protected, admins=dict(own.admins))

    async def create_channel(self, title: str, description: str) -> ChannelRef:
        await self._ask("CreateChannel")
        if not title.strip() or len(title) > 128 or len(description) > 255:
            raise Permanent("CreateChannel: 400")
        chat_id = bot_api_chat_id(2_000_000_000 + self._world.number())
        made = MadeChannel(chat_id, self._account.id, title, description, self._world.clock.now())
        self._world.channels.append(made)
        self._done("CreateChannel")
        return self._ref(made)

    async def rename(self, channel: ChannelRef, title: str, description: str) -> None:
        await self._ask("EditTitle")
        own = self._own(channel)
        if not title.strip() or len(title) > 128 or len(description) > 255:
            raise Permanent("EditTitle: 400")
        own.title = title
        self._done("EditTitle")
        await self.describe(channel, description)

    async def describe(self, channel: ChannelRef, description: str) -> None:
        await self._ask("EditChatAbout")
        self._own(channel).about = description
        self._done("EditChatAbout")

    async def resolve_bot(self, username: str) -> BotRef:
        await self._ask("ResolveUsername")
        number = self._world.bots.get(username)
        if number is None:
            raise PeerGone(f"@{username} is no bot")
        return BotRef(username, number, self._world.access_hash(self._account.id, number))

    async def ensure_admin(self, channel: ChannelRef, bot: BotRef, rights: AdminRights) -> None:
        await self._ask("EditAdmin")
        if bot.access_hash != self._world.access_hash(self._account.id, bot.telegram_id):
            raise refusal("EditAdmin", "USER_ID_INVALID")
        if bot.telegram_id in self._own(channel).banned:
            raise refusal("EditAdmin", "USER_KICKED")
        self._own(channel).admins[bot.telegram_id] = rights
        self._done("EditAdmin")

    async def protect(self, channel: ChannelRef) -> None:
        await self._ask("ToggleNoForwards")
        self._own(channel).protected = True
        self._done("ToggleNoForwards")

    async def post_welcome(self, channel: ChannelRef, text: str, random_id: int) -> None:
        await self._ask("SendMessage")
        own = self._own(channel)
        if not own.posts:
            own.posts[random_id] = text
        self._done("SendMessage")
        await self._ask("UpdatePinnedMessage")
        own.pinned = own.pinned or next(iter(own.posts.values()))
        self._done("UpdatePinnedMessage")

    async def reword_welcome(self, channel: ChannelRef, text: str) -> None:
        await self._ask("GetMessages")
        own = self._own(channel)
        if own.pinned is None:
            return
        await self._ask("EditMessage")
        first = min(own.posts, key=list(own.posts).index)
        own.posts[first] = own.pinned = text
        self._done("EditMessage")

    async def export_link(
        self, channel: ChannelRef, title: str, expires_at: datetime, *, by_request: bool
    ) -> ExportedLink:
        await self._ask("ExportChatInvite")
        own, now = self._own(channel), self._world.clock.now()
        for link in own.links:
            if link.title == title and not link.is_revoked and (link.expires_at is None or link.expires_at > now):
                return link
        made = ExportedLink(f"https://t.me/+{self._world.number():016}", title, expires_at)
        self._world.by_request[made.url] = by_request
        own.links.append(made)
        self._done("ExportChatInvite")
        return made

    async def links(self, channel: ChannelRef) -> Sequence[ExportedLink]:
        await self._ask("GetExportedChatInvites")
        return [link for link in self._own(channel).links if not link.is_revoked]

    async def revoke_link(self, channel: ChannelRef, url: str) -> None:
        await self._ask("EditExportedChatInvite")
        own = self._own(channel)
        own.links = [replace(link, is_revoked=True) if link.url == url else link for link in own.links]
        self._done("EditExportedChatInvite")

    async def join_requests(self, channel: ChannelRef) -> Sequence[JoinRequester]:
        await self._ask("GetChatInviteImporters")
        return [JoinRequester(person, 1, "") for person in sorted(self._own(channel).waiting)]

    async def answer_request(self, channel: ChannelRef, person: JoinRequester, *, approve: bool) -> bool:
        await self._ask("HideChatJoinRequest")
        own = self._own(channel)
        if person.telegram_id not in own.waiting:
            return False
        own.waiting.discard(person.telegram_id)
        if approve:
            own.members.add(person.telegram_id)
        self._done("HideChatJoinRequest")
        return True

    async def is_member(self, channel: ChannelRef, person: JoinRequester) -> bool:
        await self._ask("GetParticipant")
        return person.telegram_id in self._own(channel).members

    async def insiders(self, channel: ChannelRef) -> Sequence[Insider]:
        await self._ask("GetParticipants")
        own = self._own(channel)
        bots = [Insider(TelegramId(bot), 1, True, rights) for bot, rights in own.admins.items()]
        return [*bots, *(Insider(person, 1, is_trusted=person in own.promoted) for person in sorted(own.members))]

    async def banned(self, channel: ChannelRef) -> frozenset[TelegramId]:
        await self._ask("GetParticipants")
        return frozenset(self._own(channel).banned)

    async def remove(self, channel: ChannelRef, person: Insider) -> None:
        await self._ask("EditBanned")
        own = self._own(channel)
        own.members.discard(person.telegram_id)
        own.banned.add(person.telegram_id)
        self._done("EditBanned")
        await self.pardon(channel, person.telegram_id)

    async def pardon(self, channel: ChannelRef, person: TelegramId) -> None:
        await self._ask("EditBanned")
        self._own(channel).banned.discard(person)

    async def delete_channel(self, channel: ChannelRef) -> None:
        await self._ask("DeleteChannel")
        self._world.channels = [each for each in self._world.channels if each.chat_id != channel.chat_id]
        self._done("DeleteChannel")

    def _ref(self, channel: MadeChannel) -> ChannelRef:
        return ChannelRef(channel.chat_id, self._world.access_hash(self._account.id, channel.chat_id))

    def _own(self, channel: ChannelRef) -> MadeChannel:
        if self._account.id in self._world.outside:
            raise refusal("GetChannels", "CHANNEL_PRIVATE")
        if channel.access_hash != self._world.access_hash(self._account.id, channel.chat_id):
            raise refusal("GetChannels", "CHANNEL_PRIVATE")
        found = next((each for each in self._world.channels if each.chat_id == channel.chat_id), None)
        if found is None:
            raise refusal("GetChannels", "CHANNEL_INVALID")
        return found

    async def _ask(self, method: str) -> None:
        # Let other tasks run, as during every network call.
        await asyncio.sleep(0)
        now = self._world.clock.now()
        waits = self._account.waits_until(method, now)
        if waits is not None:
            raise FloodWait(method, waits - now)
        self._world.calls.append((self._account.id, method))
        self._world.trouble(self._account.id, method, "before")

    def _done(self, method: str) -> None:
        self._world.trouble(self._account.id, method, "after")
