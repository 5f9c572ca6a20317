"""The VIP use cases over a shop: plans, activation codes, entry steps, the shared channel and its join requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.access.removal import Removal
from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.pricing_service import PricingService
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.expire_vip import ExpireVip
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.staff.command import Outcome
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.admit_waiting import AdmitWaiting
from subscriptions.application.vip.apply_vip_setting import ApplyVipSetting
from subscriptions.application.vip.code_answers import Activation, CodeRefusal
from subscriptions.application.vip.invites import VipInvites
from subscriptions.application.vip.reconcile_entry import ReconcileEntry
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.resource import SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import (
    AccessId,
    AccountId,
    ChannelId,
    ChatId,
    CustomerId,
    ResourceId,
    SubscriptionId,
    TelegramId,
    bot_api_chat_id,
)
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.chat_membership import MemoryChatMembership
from tests.fakes.invite_maker import MemoryInviteMaker, channel_look
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff
from tests.support.features import off_in_run
from tests.support.of_features import of_features

VIP_CHAT = bot_api_chat_id(3_000_000_001)
BOT = "umbral_bot"
MONTH = 30
needs_steps = pytest.mark.skipif(
    not of_features("memory", "ENTRY_SERVICE") or "vip" in off_in_run(), reason="the steps are removed or off"
)
"""Mark of tests of the core that lead customers through the entry steps. They are skipped if the feature of the steps
is absent or off.
"""


@dataclass
class VipShop:
    """A shop that sells VIP access.

    telegram: Telegram in memory. owner: a staff member with the owner's role. around: wrapper of the bot's calls to
    Telegram.
    """

    shop: Shop
    telegram: MemoryTelegram
    owner: Customer
    around: Callable[[Any], Any] = lambda calls: calls

    @classmethod
    async def open(
        cls,
        shop: Shop | None = None,
        *,
        policy: Policy | None = None,
        channel: bool = True,
        around: Callable[[Any], Any] = lambda calls: calls,
    ) -> VipShop:
        """Open a VIP shop. policy: policy of a new shop in memory. channel: True to set up the VIP channel."""
        shop = shop or memory_shop(policy)
        owner = await shop.customer(first_name="Olga", staff_role=StaffRole.OWNER)
        opened = cls(shop, MemoryTelegram(shop.clock), owner, around)
        opened.telegram.channels.append(MadeChannel(VIP_CHAT, AccountId(0), "VIP", "", shop.clock.now()))
        opened.maker.looks[VIP_CHAT] = channel_look(VIP_CHAT)
        async with shop.units() as uow:
            await uow.variables.set(BOT_USERNAME, BOT)
            await uow.commit()
        if channel:
            await opened.set_up(VIP_CHAT)
        return opened

    def __post_init__(self) -> None:
        units, clock, policy = self.shop.units, self.shop.clock, self.shop.policy
        self.maker = self.around(MemoryInviteMaker(self.telegram))
        self.chat_membership = self.around(MemoryChatMembership(self.telegram))
        self.desk = JoinDesk(units, clock)
        staff = StaffDesk(units, clock)
        granting = self.granting = GrantAccess(policy)
        self.giving = GiveTime(granting)
        self.invites = VipInvites(units, clock, policy, self.maker, self.chat_membership, self.desk)
        service = of_features("memory", "ENTRY_SERVICE").get("vip")
        if service is None:
            policy.use_features(lambda: False)
        # None if the folder of the feature is removed.
        self.entry: Any = service(units, clock, policy, GrantShared(policy), self.invites) if service else None
        self.note_chat = NoteChat(units, self.maker, clock)
        self.follow_setting = ApplyVipSetting(units, self.maker, clock)
        self.activate = ActivateToken(units, self.giving, clock)
        self.staff = Staff(self.shop, CodeSeal())
        self.pricing = PricingService(units, staff, clock, PlanCatalog(units))
        self.tend = ReconcileEntry(units, clock, self.invites)
        self.admit = AdmitWaiting(units, clock, policy, GrantShared(policy))
        self.remove = RemovePerson(units, self.chat_membership, Removal(units, clock, policy))
        self.bulk_expiry = ExpireVip(units, clock, policy)

    @property
    def channel(self) -> MadeChannel:
        """The VIP channel's data at Telegram."""
        return self.telegram.channel(VIP_CHAT)

    async def set_up(self, chat: ChatId) -> Outcome:
        """Set up the channel as the owner, after the bot has fetched the chat."""
        await self.note_chat(chat)
        return await self.staff(self.owner.telegram_id, "set_up_channel", "", chat=chat)

    async def plan(self, name: str = "Plan Mensual Premium", days: int = MONTH, price: str = "9.99") -> ServicePlan:
        """Create a plan as the owner."""
        return await self.pricing.create_plan(name, days, price, self.owner.telegram_id)

    async def token(self, plan: ServicePlan, days: int = MONTH) -> str:
        """Store an activation code of the plan that is valid for some days, and return its characters."""
        now = self.shop.clock.now()
        token = ActivationToken.make(plan, self.owner.telegram_id, now, now + timedelta(days=days))
        async with self.shop.units() as uow:
            await uow.of(TOKENS_KEY).add_if_new(CodeSeal().put_away(token))
            await uow.commit()
        return token.token

    async def vip(self, plan: ServicePlan | None = None, **more: Any) -> Customer:
        """Create a customer who has just redeemed a code and is in step 1 of the entry steps."""
        person = await self.shop.customer(**more)
        assert isinstance(await self.come(person, plan or await self.plan()), Activation)
        return person

    async def come(self, person: Customer, plan: ServicePlan) -> Activation | CodeRefusal:
        """Create a code of a plan and redeem it as a person. Return the activation or the reason of the refusal."""
        return await self.activate(person.telegram_id, await self.token(plan))

    async def through(self, person: Customer) -> str:
        """Press the buttons of both entry steps, if the feature exists, and return the invite link."""
        if self.entry is None:
            invite = await self.invites.offer(person.telegram_id)
            assert invite is not None
            return invite.url
        assert await self.entry.advance_stage(person.telegram_id, 1)
        assert await self.entry.advance_stage(person.telegram_id, 2)
        link = await self.entry.create_24h_invite_link(person.telegram_id)
        assert link is not None
        return link.invite_link

    async def inside(self, plan: ServicePlan | None = None) -> Customer:
        """Create a customer who has completed all entry steps and is a member."""
        person = await self.vip(plan)
        assert await self.ask(person, await self.through(person))
        return person

    async def ask(self, person: Customer, url: str, chat: ChatId = VIP_CHAT) -> bool:
        """Open a link at Telegram, where a link works for any person. Return True if the person is a
        member afterwards.
        """
        channel, who = self.telegram.channel(chat), person.telegram_id
        if who not in channel.members and any(link.url == url for link in self.telegram.live_links(channel)):
            if who in channel.banned:
                return False
            if self.telegram.by_request[url]:
                channel.waiting.add(who)
                await self.desk.answer(chat, who, self.chat_membership)
            else:
                channel.members.add(who)
                await self.maker.revoke(chat, url)
                await self.desk.record_entry(chat, who, via=url)
        return who in channel.members

    async def leave(self, person: Customer, chat: ChatId = VIP_CHAT) -> None:
        """Make a person leave the channel voluntarily, and record the exit."""
        self.telegram.channel(chat).members.discard(person.telegram_id)
        await self.desk.record_exit(chat, person.telegram_id)

    async def entry_of(self, person: Customer, resource_id: ResourceId | None = None) -> VipEntry | None:
        """Return the stored entry steps of a person.

        resource_id: another channel with entry steps; by default the VIP channel.
        """
        async with self.shop.units() as uow:
            return await uow.of(VIP_ENTRIES_KEY).find(person.id, resource_id)

    async def add_ritual(self, soft_id: str, chat: ChatId) -> Resource:
        """Add another channel, with entry steps, as a resource."""
        now = self.shop.clock.now()
        self.telegram.channels.append(MadeChannel(chat, AccountId(0), soft_id.title(), "", now))
        resource = Resource.add(soft_id, SHARED_CHANNEL, soft_id.title(), EntryPolicy.RITUAL, now)
        async with self.shop.units() as uow:
            assert await uow.resources.add_if_new(resource)
            assert await uow.channels.add_if_new(Channel.for_resource(resource, chat, resource.title, now))
            await uow.commit()
        return resource

    async def access_of(self, person: Customer) -> Access:
        """Return a person's access to the VIP channel."""
        async with self.shop.units() as uow:
            channel = await uow.of(VIP_KEY).channel()
            assert channel is not None
            access = await uow.accesses.find(person.id, channel.id)
        assert access is not None
        return access

    async def live_links(self, person: Customer) -> list[Invite]:
        """Return the recorded links of a person that are not revoked."""
        async with self.shop.units() as uow:
            channel = await uow.of(VIP_KEY).channel()
            assert channel is not None
            return list(await uow.of(VIP_KEY).live_invites(channel.id, person.id))

    async def work(self, *, until: int = 200) -> None:
        """Run the committed jobs and the jobs that they enqueue, in memory. Jobs with a later start time run once they
        are due.
        """
        for _ in range(until):
            if not await self._step():
                return
        raise AssertionError("there is always something more to do")

    async def pass_time(self, by: timedelta, *, every: timedelta = timedelta(hours=12)) -> None:
        """Advance the clock in steps, and run due work at each step."""
        end = self.shop.clock.now() + by
        while self.shop.clock.now() < end:
            self.shop.clock.advance(min(every, end - self.shop.clock.now()))
            await self.shop.run_due()
            await self.bulk_expiry()
            await self.work()

    async def _step(self) -> bool:
        waiting, now = self.shop.memory.jobs, self.shop.clock.now()
        for index, job in enumerate(waiting):
            if job.name not in self._workers or (job.not_before is not None and job.not_before > now):
                continue
            del waiting[index]
            try:
                await self._workers[job.name](dict(job.payload))
            except BaseException:
                # As in a real queue, the job remains if its worker dies.
                waiting.insert(index, job)
                raise
            return True
        return False

    async def _tend(self, job: jobs.TendVipEntry) -> None:
        where = ChannelId(job.channel_id) if job.channel_id is not None else None
        also = [ChannelId(each) for each in job.also]
        await self.tend(CustomerId(job.customer_id), upkeep=job.upkeep, channel_id=where, more_channels=also)

    @property
    def _workers(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[Any]]]:
        return {
            "bot.tend_vip_entry": lambda p: self._tend(jobs.TendVipEntry.parse(p)),
            "bot.admit_waiting": lambda p: self.admit(CustomerId(UUID(p["after"])) if p["after"] else None),
            "bot.admit_to_vip": lambda p: self.admit.one(CustomerId(UUID(p["customer_id"]))),
            "bot.remove_person": lambda p: self.remove(AccessId(UUID(p["access_id"]))),
            "bot.remove_stranger": lambda p: self.remove.from_channel(
                ChannelId(UUID(p["channel_id"])), TelegramId(p["telegram_id"]), p["link"]
            ),
            "core.check_subscription": lambda p: self.shop.check(SubscriptionId(UUID(p["subscription_id"]))),
        }


def single_use(policy: Policy) -> Policy:
    """Return the policy with direct single-use links instead of join requests."""
    return replace(policy, invite_by_request=False)


__all__ = ["BOT", "VIP_CHAT", "ChatId", "VipShop", "needs_steps", "single_use"]


async def the_operators_own_verification(service: Any, user_id: TelegramId) -> None:
    """Run the calls and assertions on the service of the entry steps that the operator's document specifies, in its
    order.
    """
    stage = await service.get_current_stage(user_id)
    assert stage in (1, 2, 3, None)

    success = await service.advance_stage(user_id, from_stage=1)
    assert success is True
    assert await service.get_current_stage(user_id) == 2

    token = await service.generate_entry_token(user_id)
    assert len(token) == 64
    assert token.isalnum() or token.count("_") > 0 or token.count("-") > 0

    link = await service.create_24h_invite_link(user_id)
    assert link is not None
    assert link.invite_link.startswith("https://t.me/+")

    await service.cancel_entry_on_expiry(user_id)
    assert await service.get_current_stage(user_id) is None
