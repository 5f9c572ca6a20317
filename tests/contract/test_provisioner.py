"""What every ChannelProvisioner does, the real one against the sandbox and the one in memory alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from sandbox.server import Sandbox, running_sandbox
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    SENDER_BOT_RIGHTS,
    SUBSCRIPTION_BOT_RIGHTS,
    AdminRights,
    BotRef,
    ChannelProvisioner,
    ChannelRef,
    FloodWait,
    PeerGone,
)
from subscriptions.domain.ports.clock import Clock
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MemoryTelegram
from tests.support.telethon_accounts import Accounts, WorldTime, always

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
    """A channel as its owner sees it."""

    title: str
    about: str
    protected: bool
    admins: dict[int, AdminRights]
    posts: list[str]
    pinned: str | None
    members: set[int]


class Stage(ABC):
    """A Telegram with a bot and two accounts."""

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
        """Somebody new asks to come in by a link."""

    @abstractmethod
    def enter(self, chat_id: ChatId, url: str) -> TelegramId:
        """Somebody new comes in by a link that asks nobody."""

    @abstractmethod
    def ban(self, chat_id: ChatId, person: TelegramId) -> None:
        """Somebody was put out, and the way back was barred."""

    @abstractmethod
    def is_barred(self, chat_id: ChatId, person: TelegramId) -> bool: ...

    @abstractmethod
    def exists(self, chat_id: ChatId) -> bool: ...

    @abstractmethod
    def works(self, chat_id: ChatId, url: str) -> bool: ...


class InMemory(Stage):
    """The fake."""

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
        return person

    def ban(self, chat_id: ChatId, person: TelegramId) -> None:
        channel = self.telegram.channel(chat_id)
        channel.members.discard(person)
        channel.banned.add(person)

    def is_barred(self, chat_id: ChatId, person: TelegramId) -> bool:
        return person in self.telegram.channel(chat_id).banned

    def exists(self, chat_id: ChatId) -> bool:
        return any(channel.chat_id == chat_id for channel in self.telegram.channels)

    def works(self, chat_id: ChatId, url: str) -> bool:
        return any(link.url == url for link in self.telegram.live_links(self.telegram.channel(chat_id)))


class OnTheWire(Stage):
    """Telethon and the sandbox."""

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

    def works(self, chat_id: ChatId, url: str) -> bool:
        channel = self.telegram.channels.by_chat_id(chat_id)
        assert channel is not None
        return url in self.accounts.live_links(channel)


def _rights(names: list[str]) -> AdminRights:
    return AdminRights(**{RIGHTS_BY_NAME[name]: True for name in names if name in RIGHTS_BY_NAME})


@pytest.fixture(params=["memory", "telethon"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    if request.param == "memory":
        yield InMemory()
        return
    async with running_sandbox() as sandbox:
        yield OnTheWire(sandbox)


@pytest.fixture
async def telegram(stage: Stage) -> AsyncIterator[ChannelProvisioner]:
    """The owner, connected."""
    async with stage.open(stage.owner) as connected:
        yield connected


@pytest.fixture
async def made(telegram: ChannelProvisioner) -> ChannelRef:
    """A channel of the owner's."""
    return await telegram.create_channel("Retador - Retabet - @ana", f"Retador · Retabet ref:{MARKER}")


def a_while_ago(stage: Stage) -> datetime:
    return stage.clock.now() - DAY


async def test_a_channel_is_found_by_the_end_of_its_description(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    seen = stage.seen(made.chat_id)
    assert (seen.title, seen.about) == ("Retador - Retabet - @ana", f"Retador · Retabet ref:{MARKER}")
    assert await telegram.find_channels(MARKER, a_while_ago(stage), NOBODY) == [made]
    assert await telegram.find_channels("ba9876543210", a_while_ago(stage), NOBODY) == []


async def test_what_is_known_or_older_or_anothers_is_not_found(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    assert await telegram.find_channels(MARKER, a_while_ago(stage), frozenset({made.chat_id})) == []
    assert await telegram.find_channels(MARKER, stage.clock.now() + DAY, NOBODY) == []
    async with stage.open(stage.other) as other:
        assert await other.find_channels(MARKER, a_while_ago(stage), NOBODY) == []


async def test_a_channel_is_found_behind_many_others(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    since = a_while_ago(stage)
    for number in range(130):
        stage.pass_time(timedelta(seconds=2))
        await telegram.create_channel(f"Canal {number}", "")
    assert await telegram.find_channels(MARKER, since, NOBODY) == [made]


async def test_only_the_owner_knows_the_channel(stage: Stage, made: ChannelRef) -> None:
    async with stage.open(stage.other) as other:
        with pytest.raises(PeerGone):
            await other.protect(made)


async def test_protecting_twice_is_the_same(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    await telegram.protect(made)
    await telegram.protect(made)
    assert stage.seen(made.chat_id).protected


@pytest.mark.parametrize("rights", [SUBSCRIPTION_BOT_RIGHTS, SENDER_BOT_RIGHTS])
async def test_a_bot_gets_just_its_rights(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef, rights: AdminRights
) -> None:
    bot = await telegram.resolve_bot(BOT)
    assert bot.telegram_id == stage.bot_id
    for _ in range(2):
        await telegram.ensure_admin(made, bot, rights)
    assert stage.seen(made.chat_id).admins == {stage.bot_id: rights}


async def test_a_bot_addressed_wrongly_is_gone(telegram: ChannelProvisioner, made: ChannelRef, stage: Stage) -> None:
    with pytest.raises(PeerGone):
        await telegram.ensure_admin(made, BotRef(BOT, stage.bot_id, 12345), SENDER_BOT_RIGHTS)
    with pytest.raises(PeerGone):
        await telegram.resolve_bot("nobody_bot")


async def test_the_welcome_is_posted_once_and_pinned(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    await telegram.post_welcome(made, "Hola, <b>Ana</b> & 🎰", 77)
    # The name changed meanwhile, and the random id was forgotten: the welcome is there all the same.
    await telegram.post_welcome(made, "Hola, Ana María", 78)
    seen = stage.seen(made.chat_id)
    assert (seen.posts, seen.pinned) == (["Hola, <b>Ana</b> & 🎰"], "Hola, <b>Ana</b> & 🎰")


async def test_a_link_is_made_once_for_a_title(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    end = stage.clock.now().replace(microsecond=0) + DAY
    link = await telegram.export_link(made, "a" * 32, end, by_request=True)
    again = await telegram.export_link(made, "a" * 32, end + DAY, by_request=True)
    other = await telegram.export_link(made, "b" * 32, end, by_request=True)
    assert (link.url, link.expires_at) == (again.url, end)
    assert other.url != link.url
    assert {each.url for each in await telegram.links(made) if not each.primary} == {link.url, other.url}


async def test_an_expired_link_is_not_given_again(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    now = stage.clock.now()
    old = await telegram.export_link(made, "a" * 32, now + DAY, by_request=True)
    stage.pass_time(2 * DAY)
    fresh = await telegram.export_link(made, "a" * 32, now + 3 * DAY, by_request=True)
    assert fresh.url != old.url
    assert (stage.works(made.chat_id, old.url), stage.works(made.chat_id, fresh.url)) == (False, True)


async def test_revoking_twice_is_the_same(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=True)
    await telegram.revoke_link(made, link.url)
    await telegram.revoke_link(made, link.url)
    assert not stage.works(made.chat_id, link.url)
    assert [each for each in await telegram.links(made) if not each.primary] == []


async def test_who_asks_is_listed_and_answered_once(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=True)
    payer, stranger = stage.knock(made.chat_id, link.url), stage.knock(made.chat_id, link.url)
    waiting = {person.telegram_id: person for person in await telegram.join_requests(made)}
    assert set(waiting) == {payer, stranger}
    assert await telegram.answer_request(made, waiting[payer], approve=True)
    assert await telegram.answer_request(made, waiting[stranger], approve=False)
    assert not await telegram.answer_request(made, waiting[payer], approve=True)
    assert not await telegram.answer_request(made, waiting[stranger], approve=False)
    assert await telegram.is_member(made, waiting[payer])
    assert not await telegram.is_member(made, waiting[stranger])
    assert await telegram.join_requests(made) == []
    assert stage.seen(made.chat_id).members == {payer}


async def test_who_is_inside_is_listed_and_bots_are_trusted(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    bot = await telegram.resolve_bot(BOT)
    await telegram.ensure_admin(made, bot, SUBSCRIPTION_BOT_RIGHTS)
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=False)
    person = stage.enter(made.chat_id, link.url)
    inside = {insider.telegram_id: insider.trusted for insider in await telegram.insiders(made)}
    assert (inside[person], inside[TelegramId(bot.telegram_id)]) == (False, True)
    assert [each for each, trusted in inside.items() if not trusted] == [person]


async def test_who_is_put_out_is_not_barred(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=False)
    person = stage.enter(made.chat_id, link.url)
    (insider,) = [each for each in await telegram.insiders(made) if each.telegram_id == person]
    for _ in range(2):
        await telegram.remove(made, insider)
        assert stage.seen(made.chat_id).members == set()
        assert not stage.is_barred(made.chat_id, person)


async def test_a_ban_left_behind_is_lifted(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=False)
    person = stage.enter(made.chat_id, link.url)
    stage.ban(made.chat_id, person)
    for _ in range(2):
        await telegram.pardon(made, person)
        assert not stage.is_barred(made.chat_id, person)


async def test_deleting_twice_is_the_same(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    await telegram.delete_channel(made)
    assert not stage.exists(made.chat_id)
    await telegram.delete_channel(made)
    with pytest.raises(PeerGone):
        await telegram.insiders(made)
    assert await telegram.find_channels(MARKER, a_while_ago(stage), NOBODY) == []


async def test_an_ordered_wait_is_obeyed_without_asking(stage: Stage) -> None:
    stage.owner.order_wait("CreateChannel", stage.clock.now() + timedelta(minutes=1))
    async with stage.open(stage.owner) as telegram:
        with pytest.raises(FloodWait) as waiting:
            await telegram.create_channel("Canal", "")
    assert (waiting.value.method, isinstance(waiting.value, RetryLater)) == ("CreateChannel", True)
    assert timedelta(seconds=58) < waiting.value.wait <= timedelta(minutes=1)
    stage.pass_time(timedelta(minutes=1))
    async with stage.open(stage.owner) as telegram:
        await telegram.create_channel("Canal", "")
