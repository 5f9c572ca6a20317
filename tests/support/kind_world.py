"""A world in which tests use each kind of resource: the use cases, connected either to in-memory fakes of our ports or
to PostgreSQL and the sandbox's Telegram.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.screens.notices import render
from subscriptions.application import routing
from subscriptions.application.access.ask_content import AskContent
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.look_inside import LookInside, LookInsideAll
from subscriptions.application.access.plan_chats import ChatView, asked_back, chats_of
from subscriptions.application.access.plan_topics import PlanTopics
from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto import jobs
from subscriptions.application.messages.announce import Announce
from subscriptions.application.posts.deliver_post import DeliverPost, FanOutPost
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.application.posts.same_copies import SameCopies
from subscriptions.application.vip.invites import VipInvites
from subscriptions.application.vip.reconcile_entry import ReconcileEntry
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.resource import (
    CONTENT,
    GROUP,
    PERSONAL,
    PERSONAL_CHANNEL,
    SHARED_CHANNEL,
    EntryPolicy,
    Resource,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PERIOD_OVER, STAFF, Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import (
    AccessId,
    AccountId,
    ChannelId,
    ChatId,
    CustomerId,
    DeliveryId,
    PostId,
    TelegramId,
    bot_api_chat_id,
    new_uuid,
)
from subscriptions.domain.ports.channel_provisioner import AccountSessions
from subscriptions.domain.ports.chat_membership import ChatMembership
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.forum import Forum
from subscriptions.domain.ports.invite_maker import InviteMaker
from subscriptions.domain.ports.notifier import Notifier
from subscriptions.domain.ports.post_sender import PostSender
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.jobs.queue import decode
from subscriptions.infrastructure.telegram.bot_chat_membership import BotChatMembership
from subscriptions.infrastructure.telegram.bot_client import Bots
from subscriptions.infrastructure.telegram.forum import BotForum
from subscriptions.infrastructure.telegram.invite_maker import BotInviteMaker
from subscriptions.infrastructure.telegram.notifier import TelegramNotifier
from subscriptions.infrastructure.telegram.post_sender import SenderBots
from tests.fakes import samples
from tests.fakes.chat_membership import MemoryChatMembership
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.invite_maker import MemoryInviteMaker
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.fakes.telegram import MemoryForum, MemoryNotifier, MemorySender
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.fakes.units import sql_unit
from tests.support.telethon_accounts import Accounts, WorldTime, always
from tests.support.userbot import POLICY, SENDER_BOTS, SUBSCRIPTION_BOT, Userbot, add_account, introduce
from umbral_sandbox.server import Sandbox
from umbral_sandbox.world.telegram.channel_records import Channel as WorldChannel
from umbral_sandbox.world.telegram.channel_records import ChatKind, Member
from umbral_sandbox.world.telegram.refusal import Refused

MONTH: Final = timedelta(days=30)
BOTS: Final = (SUBSCRIPTION_BOT, SENDER_BOTS[0])
RIGHTS: Final = {"can_invite_users", "can_restrict_members"}
POSTING: Final = {"can_post_messages"}
STEPS: Final = 300
"""Maximum number of jobs to run in one test."""

Job = tuple[str, Mapping[str, Any]]


class Ground(ABC):
    """Telegram with the operator, the operator's bots, an account that owns channels, and people. Actions of people
    cause no updates to the bots.
    """

    clock: Clock
    maker: InviteMaker
    chat_membership: ChatMembership
    sessions: AccountSessions
    sender: PostSender
    notifier: Notifier
    forum: Forum
    bots: Mapping[str, int]

    @abstractmethod
    def advance(self, by: timedelta) -> object:
        """Advance the clock."""

    @abstractmethod
    def person(self) -> TelegramId:
        """Create a person who has started a chat with the bot."""

    @abstractmethod
    def account(self) -> Mapping[str, Any]:
        """Return the fields needed to add an account."""

    @abstractmethod
    def hold(self, account: AccountId) -> None:
        """Allow this process to use an account."""

    @abstractmethod
    def chat(self, title: str, *, is_group: bool) -> ChatId:
        """Create a chat of the operator in which the bots are administrators."""

    @abstractmethod
    def ask(self, person: TelegramId, url: str) -> ChatId | None:
        """Request to join a chat by a link. Return the chat, or None if the link does not work for the person."""

    @abstractmethod
    def people(self, chat: ChatId) -> set[TelegramId]:
        """Return the people who are members of a chat."""

    @abstractmethod
    def put_in(self, chat: ChatId, person: TelegramId) -> None:
        """Add a person to a chat without a link."""

    @abstractmethod
    def leave(self, chat: ChatId, person: TelegramId) -> None:
        """Make a person leave a chat."""

    @abstractmethod
    def posts(self, chat: ChatId, words: str) -> int:
        """Return the number of posts in a chat that contain the words."""

    @abstractmethod
    def messages(self, person: TelegramId, words: str) -> int:
        """Return the number of the bot's messages to a person that contain the words."""

    @abstractmethod
    def live_links(self, chat: ChatId) -> int:
        """Return the number of valid invite links to a chat, except its primary link."""


class InMemory(Ground):
    """Telegram implemented by the fakes of our ports."""

    def __init__(self) -> None:
        self.manual = ManualClock()
        self.bots = {name: 100 + number for number, name in enumerate(BOTS)}
        self.telegram = MemoryTelegram(self.manual, dict(self.bots))
        self.clock, self.sessions = self.manual, self.telegram
        self.maker, self.chat_membership = MemoryInviteMaker(self.telegram), MemoryChatMembership(self.telegram)
        self.posted, self.sent = MemorySender(), MemoryNotifier()
        self.sender, self.notifier, self.forum = self.posted, self.sent, MemoryForum()

    def advance(self, by: timedelta) -> object:
        return self.manual.advance(by)

    def person(self) -> TelegramId:
        return TelegramId(5000 + self.telegram.number())

    def account(self) -> Mapping[str, Any]:
        return {}

    def hold(self, account: AccountId) -> None:
        """Do nothing, because no other process uses the account."""

    def chat(self, title: str, *, is_group: bool) -> ChatId:
        chat = bot_api_chat_id(3_000_000_000 + self.telegram.number())
        self.telegram.channels.append(MadeChannel(chat, AccountId(0), title, "", self.manual.now()))
        return chat

    def ask(self, person: TelegramId, url: str) -> ChatId | None:
        for channel in self.telegram.channels:
            if person not in channel.banned and url in {link.url for link in self.telegram.live_links(channel)}:
                channel.waiting.add(person)
                return channel.chat_id
        return None

    def people(self, chat: ChatId) -> set[TelegramId]:
        return set(self.telegram.channel(chat).members)

    def put_in(self, chat: ChatId, person: TelegramId) -> None:
        self.telegram.channel(chat).members.add(person)

    def leave(self, chat: ChatId, person: TelegramId) -> None:
        self.telegram.channel(chat).members.discard(person)

    def posts(self, chat: ChatId, words: str) -> int:
        return sum(words in post for post in self.posted.in_channel(chat))

    def messages(self, person: TelegramId, words: str) -> int:
        sent = zip(self.sent.sent, self.sent.said, strict=True)
        return sum(words in repr(message) for notification, message in sent if notification.recipient == person)

    def live_links(self, chat: ChatId) -> int:
        return len(self.telegram.live_links(self.telegram.channel(chat)))


class InSandbox(Ground):
    """Telegram implemented by the sandbox and accessed by aiogram and Telethon."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.accounts, self.world = Accounts(sandbox), sandbox.world
        self.telegram = sandbox.world.telegram
        self.replica = self.accounts.replica()
        made = {name: self.telegram.people.add_bot(name, name) for name in BOTS}
        self.bots = {name: bot.id for name, bot in made.items()}
        self.boss = self.telegram.people.add_person("Dueña").id
        self.client = Bots(made[SUBSCRIPTION_BOT].token, [made[SENDER_BOTS[0]].token], sandbox.url)
        self.clock, self.sessions = WorldTime(sandbox), self.replica
        self.maker, self.chat_membership = BotInviteMaker(self.client), BotChatMembership(self.client)
        self.sender, self.notifier = SenderBots(self.client), TelegramNotifier(self.client, render)
        self.forum = BotForum(self.client)
        self.made = set[int]()

    def advance(self, by: timedelta) -> object:
        return self.world.clock.advance(by)

    def person(self) -> TelegramId:
        person = self.telegram.people.add_person("Ana").id
        self.telegram.chats.start(person, self.bots[SUBSCRIPTION_BOT])
        self.made.add(person)
        return TelegramId(person)

    def account(self) -> Mapping[str, Any]:
        phone = "+34600000001"
        _, session = self.accounts.sign_in(phone)
        return {"phone": phone, "session": session}

    def hold(self, account: AccountId) -> None:
        self.replica.hold(account, always)

    def chat(self, title: str, *, is_group: bool) -> ChatId:
        kind: ChatKind = "group" if is_group else "channel"
        made = self.telegram.channels.create(self.boss, title, kind=kind)
        rights = RIGHTS if is_group else RIGHTS | POSTING
        self.telegram.channels.edit_admin(self.boss, made, self.bots[SUBSCRIPTION_BOT], rights)
        if not is_group:
            self.telegram.channels.edit_admin(self.boss, made, self.bots[SENDER_BOTS[0]], POSTING)
        return ChatId(made.chat_id)

    def ask(self, person: TelegramId, url: str) -> ChatId | None:
        link = url.rpartition("+")[2]
        try:
            channel, _ = self.telegram.joins.check(person, link)
        except Refused:
            return None
        self.telegram.joins.open(person, link)
        return ChatId(channel.chat_id)

    def people(self, chat: ChatId) -> set[TelegramId]:
        return {TelegramId(member) for member in self._channel(chat).members if member in self.made}

    def put_in(self, chat: ChatId, person: TelegramId) -> None:
        channel = self._channel(chat)
        channel.members[person] = Member(since=self.world.clock.now())
        self.telegram.channels.save(channel)

    def leave(self, chat: ChatId, person: TelegramId) -> None:
        self.telegram.members.leave(person, self._channel(chat))

    def posts(self, chat: ChatId, words: str) -> int:
        return sum(words in str(post.content) for post in self.telegram.posts.messages(self._channel(chat)))

    def messages(self, person: TelegramId, words: str) -> int:
        sent = self.telegram.chats.messages(person, self.bots[SUBSCRIPTION_BOT])
        return sum(words in str(message.content) for message in sent)

    def live_links(self, chat: ChatId) -> int:
        return len(self.accounts.live_links(self._channel(chat)))

    def _channel(self, chat: ChatId) -> WorldChannel:
        channel = self.telegram.channels.by_chat_id(chat)
        assert channel is not None
        return channel


@dataclass(frozen=True)
class Holder:
    """A customer with a subscription to a plan that opens one resource."""

    customer: Customer
    plan: ServicePlan
    subscription: Subscription

    @property
    def person(self) -> TelegramId:
        """The customer's Telegram id."""
        return self.customer.telegram_id


class KindWorld:
    """All use cases that kinds of resources need, with people at Telegram, the operator's plans, and a job runner.

    take: function that claims and returns the waiting jobs.
    """

    def __init__(self, ground: Ground, units: UnitOfWorkFactory, take: Callable[[], Awaitable[Sequence[Job]]]) -> None:
        self.ground, self.units, self._take = ground, units, take
        clock, self.granting = ground.clock, GrantAccess(POLICY)
        self.userbot = Userbot(units, ground.sessions, clock)
        self.desk = self.userbot.desk
        invites = VipInvites(units, clock, POLICY, ground.maker, ground.chat_membership, self.desk)
        topics = PlanTopics(units, ground.forum, clock)
        self._tend = ReconcileEntry(units, clock, invites)
        self._remove = RemovePerson(units, ground.chat_membership, self.userbot.leaving)
        self._look_all = LookInsideAll(units)
        self._look = LookInside(units, ground.chat_membership, self.desk, clock)
        self._ask_content = AskContent(units, clock, POLICY)
        self._announce = Announce(units, ground.notifier, clock, POLICY, MemoryGateways({}))
        self._accept = PublishPost(units, clock)
        self._fan_out = FanOutPost(units, clock)
        self._deliver = DeliverPost(units, ground.sender, clock, SameCopies(), topics)
        self.accounts = list[AccountId]()
        self._presses = 0

    async def begin(self) -> None:
        """Register the bots."""
        await introduce(self.units, self.ground.bots)

    async def add_account(self) -> None:
        """Add an account to the pool."""
        account = await add_account(self.units, **self.ground.account(), created_at=self.ground.clock.now())
        self.ground.hold(account.id)
        self.accounts.append(account.id)

    async def add_chat(self, name: str, kind: str, *, is_group: bool) -> Resource:
        """Add a chat of the operator as a resource that plans can open."""
        now, title = self.ground.clock.now(), name.title()
        resource = Resource.add(name, kind, title, EntryPolicy.REQUEST, now)
        channel = Channel.for_resource(resource, self.ground.chat(title, is_group=is_group), title, now)
        async with self.units() as uow:
            assert await uow.resources.add_if_new(resource)
            assert await uow.channels.add_if_new(channel)
            await uow.commit()
        return resource

    async def plan(self, resource: Resource) -> ServicePlan:
        """Create a plan that opens the resource."""
        plan = samples.plan(opens=(resource.soft_id,))
        async with self.units() as uow:
            await uow.plans.save(plan)
            await uow.commit()
        return plan

    async def customer(self) -> Customer:
        """Create a customer."""
        customer = samples.customer(telegram_id=self.ground.person())
        async with self.units() as uow:
            await uow.customers.add_if_new(customer)
            await uow.commit()
        return customer

    async def buy(self, plan: ServicePlan, customer: Customer | None = None) -> Holder:
        """Give a customer one month of a plan, and run the resulting jobs."""
        buyer, now = customer or await self.customer(), self.ground.clock.now()
        subscription = samples.given(buyer, plan, now + MONTH, created_at=now)
        async with self.units() as uow:
            await uow.subscriptions.save(subscription)
            await self.granting.grant(uow, subscription, buyer, plan, now)
            await uow.commit()
        await self.work()
        return Holder(buyer, plan, subscription)

    async def renew(self, holder: Holder) -> None:
        """Grant the access again, as a renewal does, and run the resulting jobs."""
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(holder.subscription.id, lock=True)
            assert subscription is not None
            await self.granting.grant(uow, subscription, holder.customer, holder.plan, self.ground.clock.now())
            await uow.commit()
        await self.work()

    async def end(self, holder: Holder, *, work: bool = True) -> None:
        """End the subscription. work: True to run the resulting jobs instead of discarding them."""
        await self._change(holder, lambda each: each.end(PERIOD_OVER, self.ground.clock.now()))
        await (self.work() if work else self._take())

    async def rest(self, holder: Holder) -> None:
        """Pause the subscription as staff."""
        await self._change(holder, lambda each: each.pause(STAFF, self.ground.clock.now()))
        await self.work()

    async def go_on(self, holder: Holder) -> None:
        """Resume the subscription."""
        await self._change(holder, lambda each: each.resume(STAFF, self.ground.clock.now()))
        await self.work()

    async def _change(self, holder: Holder, act: Callable[[Subscription], object]) -> None:
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(holder.subscription.id, lock=True)
            assert subscription is not None
            act(subscription)
            await uow.subscriptions.save(subscription)
            now = self.ground.clock.now()
            await self.granting.settle(uow, subscription, holder.customer, holder.plan, now)
            await uow.commit()

    async def link(self, holder: Holder) -> str | None:
        """Return the URL of the holder's invite link, or the name of the content that the bot delivers; None if the
        holder has neither.
        """
        view = await self._view(holder)
        return view.invite.url if view.invite is not None else view.handed_over

    async def request_link(self, holder: Holder) -> None:
        """Request the invite link again."""
        now = self.ground.clock.now()
        async with self.units() as uow:
            resource, channel = await self._place(uow, holder)
            access = await uow.accesses.find(holder.customer.id, channel.id)
            assert access is not None
            access = await asked_back(uow, access)
            await kind_of(resource).resend_invite(uow, channel, access, new_uuid(), POLICY, now)
            await uow.commit()
        await self.work()

    async def comes(self, person: TelegramId, link: str) -> bool:
        """Use an invite link or a content name as a person. Return True if the person got access."""
        if not link.startswith("https://"):
            self._presses += 1
            is_given = await self._ask_content(person, link, f"press{self._presses}")
            await self.work()
            return is_given
        chat = self.ground.ask(person, link)
        if chat is None:
            return False
        await self.desk.answer(chat, person, self.ground.chat_membership)
        await self.work()
        return person in self.ground.people(chat)

    async def has(self, holder: Holder) -> bool:
        """Return True if the holder is a member of the chat or, for content, if the bot delivers the content."""
        view = await self._view(holder)
        if view.channel is None or view.channel.channel_id is None:
            return view.handed_over is not None
        return holder.person in self.ground.people(view.channel.channel_id)

    async def chat(self, holder: Holder) -> ChatId:
        """Return the chat that the plan opens for the holder."""
        async with self.units() as uow:
            _, channel = await self._place(uow, holder)
        assert channel.channel_id is not None
        return channel.channel_id

    async def _place(self, uow: UnitOfWork, holder: Holder) -> tuple[Resource, Channel]:
        (resource,) = await uow.resources.by_soft_ids(holder.plan.opens)
        channel = await kind_of(resource).find_channel(uow, resource, holder.customer.id, holder.plan.id)
        assert channel is not None
        return resource, channel

    async def status(self, holder: Holder) -> AccessStatus | None:
        """Return the status of the holder's access, or None if there is no access."""
        return (await self._view(holder)).access

    async def _view(self, holder: Holder) -> ChatView:
        async with self.units() as uow:
            now = self.ground.clock.now()
            (view,) = await chats_of(uow, holder.customer.id, holder.plan, POLICY, now)
        return view

    async def known_inside(self, chat: ChatId) -> int:
        """Return the number of active accesses to a chat."""
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            assert channel is not None
            accesses = await uow.accesses.of_channel(channel.id)
        return sum(access.status is AccessStatus.ACTIVE for access in accesses)

    async def guests(self, chat: ChatId) -> Sequence[TelegramId]:
        """Return the recorded guests of a chat."""
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            assert channel is not None
            return await uow.resources.guests(channel.id)

    async def named(self, chat: ChatId) -> frozenset[TelegramId]:
        """Return all known members of a chat, including guests."""
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            assert channel is not None
            return await uow.resources.named_inside(channel.id)

    async def reconcile(self) -> None:
        """Advance the clock by an hour, run the member audits of the bot and of the accounts as the schedule does, and
        run the resulting jobs.
        """
        self.ground.advance(timedelta(hours=1))
        await self._look_all()
        for account in self.accounts:
            await self.userbot.audit_members(account)
        await self.work()

    async def post(self, plan: ServicePlan, words: str) -> Sequence[ChatId]:
        """Publish a post to a plan, and return the chats in which the post must appear."""
        await self._accept(words, plan.soft_id, PostContent(text=words))
        await self.work()
        async with self.units() as uow:
            (resource,) = await uow.resources.by_soft_ids(plan.opens)
            channels = await kind_of(resource).posts_to(uow, resource, plan.id)
        return [channel.channel_id for channel in channels if channel.channel_id is not None]

    async def work(self) -> None:
        """Run jobs until none is waiting, except jobs with a later start time."""
        waiting = list[Job]()
        for _ in range(STEPS):
            waiting += await self._take()
            if not waiting:
                return
            name, payload = waiting.pop(0)
            try:
                is_done = await self._work_on(name, payload)
            except RetryLater as later:
                self.ground.advance((later.delay or timedelta()) + timedelta(seconds=1))
                is_done = False
            if not is_done:
                waiting.append((name, payload))
        raise AssertionError(f"work never ended: {waiting}")

    async def _work_on(self, name: str, payload: Mapping[str, Any]) -> bool:
        match name:
            case jobs.TendVipEntry.name:
                tend = jobs.TendVipEntry.parse(payload)
                where = ChannelId(tend.channel_id) if tend.channel_id is not None else None
                also = [ChannelId(each) for each in tend.also]
                await self._tend(CustomerId(tend.customer_id), upkeep=tend.upkeep, channel_id=where, more_channels=also)
            case jobs.RemovePerson.name:
                await self._remove(AccessId(jobs.RemovePerson.parse(payload).access_id))
            case jobs.RemoveStranger.name:
                stranger = jobs.RemoveStranger.parse(payload)
                await self._remove.from_channel(
                    ChannelId(stranger.channel_id), TelegramId(stranger.telegram_id), stranger.link
                )
            case jobs.LookInside.name:
                look = jobs.LookInside.parse(payload)
                after = AccessId(look.after) if look.after is not None else None
                await self._look(ChannelId(look.channel_id), after)
            case jobs.Announce.name:
                said = jobs.Announce.parse(payload)
                if said.kind == MessageKind.CONTENT:
                    await self._announce(said.kind, CustomerId(said.customer_id), said.subject, said.key)
            case jobs.FanOutPost.name:
                fan_out = jobs.FanOutPost.parse(payload)
                await self._fan_out(PostId(fan_out.post_id), is_new=fan_out.first)
            case jobs.DeliverPost.name:
                await self._deliver(DeliveryId(jobs.DeliverPost.parse(payload).delivery_id))
            case _:
                return await self.userbot.attempt(name, payload, self.ground.advance)
        return True


@asynccontextmanager
async def memory_world() -> AsyncIterator[KindWorld]:
    """Open a world over the fakes of our ports."""
    memory, ground = Memory(), InMemory()

    async def take() -> Sequence[Job]:
        now = ground.clock.now()
        due = [job for job in memory.jobs if job.not_before is None or job.not_before <= now]
        memory.jobs[:] = [job for job in memory.jobs if job not in due]
        return [(job.name, job.payload) for job in due]

    world = KindWorld(ground, lambda: MemoryUnitOfWork(memory, routing.jobs_for), take)
    await world.begin()
    yield world


@asynccontextmanager
async def sandbox_world(sandbox: Sandbox, database_url: str) -> AsyncIterator[KindWorld]:
    """Open a world over PostgreSQL, aiogram and Telethon."""
    engine, ground = create_engine(database_url), InSandbox(sandbox)
    try:
        world = KindWorld(ground, lambda: sql_unit(engine, routing.jobs_for), lambda: _taken(engine))
        await world.begin()
        yield world
    finally:
        await ground.client.aclose()
        await engine.dispose()


async def _taken(engine: AsyncEngine) -> Sequence[Job]:
    async with engine.begin() as connection:
        rows = await connection.execute(text("DELETE FROM pgqueuer RETURNING id, entrypoint, payload"))
        return [(row.entrypoint, decode(row.payload)) for row in sorted(rows, key=lambda row: row.id)]


async def _own(world: KindWorld) -> Resource:
    await world.add_account()
    async with world.units() as uow:
        resource = await uow.resources.by_soft_id(PERSONAL)
    assert resource is not None
    return resource


async def _news(world: KindWorld) -> Resource:
    return await world.add_chat("news", SHARED_CHANNEL, is_group=False)


async def _talk(world: KindWorld) -> Resource:
    return await world.add_chat("talk", GROUP, is_group=True)


GUIDE: Final = "Léeme despacio."


async def _guide(world: KindWorld) -> Resource:
    resource = Resource.add("guide", CONTENT, "Guía", EntryPolicy.DIRECT, world.ground.clock.now())
    async with world.units() as uow:
        assert await uow.resources.add_if_new(resource)
        await uow.resources.save_content(Content.parse(resource.id, GUIDE))
        await uow.commit()
    return resource


SET_UP: Final[Mapping[str, Callable[[KindWorld], Awaitable[Resource]]]] = {
    PERSONAL_CHANNEL: _own,
    SHARED_CHANNEL: _news,
    GROUP: _talk,
    CONTENT: _guide,
}
"""Functions that set up a resource as the operator does, keyed by kind of resource."""
