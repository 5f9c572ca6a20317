"""A Telegram with a bot and two accounts: in memory, and in the sandbox accessed by the real client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    AdminRights,
    ChannelProvisioner,
)
from subscriptions.domain.ports.clock import Clock
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MemoryTelegram
from tests.support.telethon_accounts import Accounts, WorldTime, always
from umbral_sandbox.server import Sandbox

BOT = "umbral_bot"
MARKER = "0123456789ab"
NOBODY: frozenset[int] = frozenset()
DAY = timedelta(days=1)
RIGHTS_BY_NAME = {
    "can_post_messages": "post",
    "can_edit_messages": "edit",
    "can_delete_messages": "delete",
    "can_invite_users": "invite",
    "can_restrict_members": "ban",
}


@dataclass
class Seen:
    """The state of a channel as its owner sees it."""

    title: str
    about: str
    protected: bool
    admins: dict[int, AdminRights]
    posts: list[str]
    pinned: str | None
    members: set[int]


class Stage(ABC):
    """Telegram with a bot and two accounts, as needed by tests of the port that creates channels."""

    clock: Clock
    owner: UserbotAccount
    other: UserbotAccount
    bot_id: int

    @abstractmethod
    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]: ...
    @abstractmethod
    def pass_time(self, span: timedelta) -> None: ...
    @abstractmethod
    def seen(self, chat_id: ChatId) -> Seen: ...
    @abstractmethod
    def knock(self, chat_id: ChatId, url: str) -> TelegramId:
        """Send a join request by a link as a new person, and return the person's id."""

    @abstractmethod
    def enter(self, chat_id: ChatId, url: str) -> TelegramId:
        """Join by a direct link as a new person, and return the person's id."""

    @abstractmethod
    def ban(self, chat_id: ChatId, person: TelegramId) -> None:
        """Ban a person from a channel as its owner."""

    @abstractmethod
    def is_barred(self, chat_id: ChatId, person: TelegramId) -> bool: ...

    @abstractmethod
    def exists(self, chat_id: ChatId) -> bool: ...

    @abstractmethod
    def post(self, chat_id: ChatId) -> int:
        """Publish a post as the owner and return the post's id."""

    @abstractmethod
    def delete_post(self, chat_id: ChatId, number: int) -> None: ...

    @abstractmethod
    def works(self, chat_id: ChatId, url: str) -> bool: ...


class InMemory(Stage):
    """Telegram implemented by the fake in memory."""

    def __init__(self) -> None:
        self.manual = ManualClock()
        self.clock, self.bot_id = self.manual, 100
        self.telegram = MemoryTelegram(self.manual, {BOT: self.bot_id})
        self.owner, self.other = samples.account(id=AccountId(1)), samples.account(id=AccountId(2))

    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]:
        return self.telegram.open(account)

    def pass_time(self, span: timedelta) -> None:
        self.manual.advance(span)

    def seen(self, chat_id: ChatId) -> Seen:
        channel = self.telegram.channel(chat_id)
        posts, members = list(channel.posts.values()), {int(member) for member in channel.members}
        return Seen(channel.title, channel.about, channel.protected, channel.admins, posts, channel.pinned, members)

    def knock(self, chat_id: ChatId, url: str) -> TelegramId:
        assert self.works(chat_id, url)
        person = TelegramId(5000 + self.telegram.number())
        self.telegram.channel(chat_id).waiting.add(person)
        return person

    def enter(self, chat_id: ChatId, url: str) -> TelegramId:
        person = self.knock(chat_id, url)
        channel = self.telegram.channel(chat_id)
        channel.waiting.discard(person)
        channel.members.add(person)
        if not self.telegram.by_request[url]:
            channel.links = [replace(link, is_revoked=True) if link.url == url else link for link in channel.links]
        return person

    def ban(self, chat_id: ChatId, person: TelegramId) -> None:
        channel = self.telegram.channel(chat_id)
        channel.members.discard(person)
        channel.banned.add(person)

    def is_barred(self, chat_id: ChatId, person: TelegramId) -> bool:
        return person in self.telegram.channel(chat_id).banned

    def exists(self, chat_id: ChatId) -> bool:
        return any(channel.chat_id == chat_id for channel in self.telegram.channels)

    def post(self, chat_id: ChatId) -> int:
        number = self.telegram.number()
        self.telegram.channel(chat_id).posts[number] = "pick"
        return number

    def delete_post(self, chat_id: ChatId, number: int) -> None:
        del self.telegram.channel(chat_id).posts[number]

    def works(self, chat_id: ChatId, url: str) -> bool:
        return any(link.url == url for link in self.telegram.live_links(self.telegram.channel(chat_id)))


class OnTheWire(Stage):
    """Telegram implemented by the sandbox and accessed by Telethon."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.accounts, self.telegram = Accounts(sandbox), sandbox.world.telegram
        self.clock = WorldTime(sandbox)
        self.bot_id = self.telegram.people.add_bot(BOT, "Umbral").id
        self.owner, self.other = self._account(1), self._account(2)
        self.replica = self.accounts.replica()
        for account in (self.owner, self.other):
            self.replica.hold(account.id, always)

    def _account(self, number: int) -> UserbotAccount:
        phone = f"+3460000000{number}"
        _, session = self.accounts.sign_in(phone)
        return samples.account(id=AccountId(number), phone=phone, session=session)

    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]:
        return self.replica.open(account)

    def pass_time(self, span: timedelta) -> None:
        self.accounts.world.clock.advance(span)

    def seen(self, chat_id: ChatId) -> Seen:
        channel = self.telegram.channels.by_chat_id(chat_id)
        assert channel is not None
        texts = {
            post.id: str(post.content["text"]) for post in self.telegram.posts.messages(channel) if post.kind == "text"
        }
        return Seen(
            channel.title,
            channel.about,
            channel.protected,
            {user: _rights(admin.rights) for user, admin in channel.admins.items()},
            list(texts.values()),
            texts[channel.pinned[-1]] if channel.pinned else None,
            set(channel.members) - {channel.owner, *channel.admins},
        )

    def knock(self, chat_id: ChatId, url: str) -> TelegramId:
        person = self.telegram.people.add_person("Ana")
        _, result = self.telegram.joins.open(person.id, url.rpartition("+")[2])
        assert result == "requested"
        return TelegramId(person.id)

    def enter(self, chat_id: ChatId, url: str) -> TelegramId:
        person = self.telegram.people.add_person("Eve")
        _, result = self.telegram.joins.open(person.id, url.rpartition("+")[2])
        assert result == "joined"
        return TelegramId(person.id)

    def ban(self, chat_id: ChatId, person: TelegramId) -> None:
        channel = self.telegram.channels.by_chat_id(chat_id)
        assert channel is not None
        self.telegram.members.ban(channel.owner, channel, person)

    def is_barred(self, chat_id: ChatId, person: TelegramId) -> bool:
        channel = self.telegram.channels.by_chat_id(chat_id)
        assert channel is not None
        return self.telegram.members.is_banned(channel, person)

    def exists(self, chat_id: ChatId) -> bool:
        return self.telegram.channels.by_chat_id(chat_id) is not None

    def post(self, chat_id: ChatId) -> int:
        channel = self.telegram.channels.by_chat_id(chat_id)
        assert channel is not None
        return self.telegram.posts.post(channel.owner, channel, {"text": "pick"}).id

    def delete_post(self, chat_id: ChatId, number: int) -> None:
        channel = self.telegram.channels.by_chat_id(chat_id)
        assert channel is not None
        self.telegram.posts.delete(channel.owner, channel, number)

    def works(self, chat_id: ChatId, url: str) -> bool:
        channel = self.telegram.channels.by_chat_id(chat_id)
        assert channel is not None
        return url in self.accounts.live_links(channel)


def _rights(names: list[str]) -> AdminRights:
    return AdminRights(**{RIGHTS_BY_NAME[name]: True for name in names if name in RIGHTS_BY_NAME})


def a_while_ago(stage: Stage) -> datetime:
    """Return a time before any channel or link was created."""
    return stage.clock.now() - DAY
