"""The userbot's use cases, built over any units of work and sessions, with a runner for their jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.removal import Removal
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.accounts.count_channels import CountChannels
from subscriptions.application.channels.assign_channel import AssignChannel
from subscriptions.application.channels.equip_channel import EquipChannel
from subscriptions.application.channels.make_channel import MakeChannel
from subscriptions.application.channels.mend_channel import MendChannel
from subscriptions.application.channels.personal_invites import PersonalInvites
from subscriptions.application.channels.reconcile_channel import ReconcileChannel
from subscriptions.application.channels.remove_duplicates import RemoveDuplicates
from subscriptions.application.channels.retire_channel import RetireChannel
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.join_requests.audit_members import AuditMembers
from subscriptions.application.join_requests.remove_by_account import RemoveByAccount
from subscriptions.application.join_requests.scan_join_requests import ScanJoinRequests
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.userbot_account import Bot, UserbotAccount
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccountId, ChannelId, TelegramId
from subscriptions.domain.ports.channel_provisioner import AccountSessions
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import channel_texts
from subscriptions.domain.services.provisioning_service import ProvisioningService
from tests.fakes import samples

POLICY = Policy(brand="Retador", base_url="http://127.0.0.1:8000")
SUBSCRIPTION_BOT = "umbral_bot"
SENDER_BOTS = ("sender_one_bot", "sender_two_bot")

Advance = Callable[[timedelta], object]


class Userbot:
    """The use cases of one userbot process."""

    def __init__(
        self, units: UnitOfWorkFactory, sessions: AccountSessions, clock: Clock, policy: Policy = POLICY
    ) -> None:
        self.units = units
        self.clock = clock
        self.sure = True
        self.desk = JoinDesk(units, clock)
        self.care = AccountCare(units, sessions, clock)
        self.assign = AssignChannel(units, clock)
        making, equipping = MakeChannel(units, clock, POLICY), EquipChannel(units, clock, POLICY)
        mending = MendChannel(units, clock, equipping)
        provisioning = ProvisioningService(
            making,
            equipping,
            PersonalInvites(units, self.desk, clock, policy),
            RetireChannel(units, clock, policy.retention, lambda: self.sure),
            mending,
        )
        self.tend = ReconcileChannel(units, clock, self.care, provisioning, making, mending, self.desk)
        self.leaving = Removal(units, clock, policy)
        self.put_out = RemoveByAccount(units, self.care, self.leaving)
        self.remove_doubles = RemoveDuplicates(units, self.care, clock)
        self.scan = ScanJoinRequests(units, self.care, self.desk, clock, policy)
        self.count_channels = CountChannels(units, self.care, clock)
        self.audit_members = AuditMembers(units, self.care, self.desk, clock)

    async def work(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Run one job. Return False if the job is not a userbot job."""
        if name == jobs.AssignChannel.name:
            await self.assign(ChannelId(jobs.AssignChannel.parse(payload).channel_id))
        elif name.startswith(jobs.TendChannel.name):
            job = jobs.TendChannel.parse(payload)
            await self._account_job(job)
        else:
            return False
        return True

    async def _account_job(self, job: jobs.TendChannel) -> None:
        account, channel = AccountId(job.account_id), ChannelId(job.channel_id)
        if job.put_out is not None:
            await self.put_out(account, channel, TelegramId(job.put_out))
        elif job.look:
            await self.remove_doubles(account, channel)
        else:
            await self.tend(account, channel, upkeep=job.upkeep, mend=job.mend)

    async def attempt(self, name: str, payload: Mapping[str, Any], advance: Advance) -> bool:
        """Run one job as the worker does. Return False if the job must run again; in that case, the clock has been
        advanced to the time of the retry.
        """
        try:
            await self.work(name, payload)
        except RetryLater as later:
            advance((later.delay or timedelta(seconds=1)) + timedelta(seconds=1))
            return False
        except Ambiguous:
            advance(timedelta(seconds=5))
            return False
        return True


async def add_account(units: UnitOfWorkFactory, **more: Any) -> UserbotAccount:
    """Add a userbot account to the pool."""
    account = samples.account(**({"pace": timedelta()} | more))
    async with units() as uow:
        await uow.accounts.add_if_new(account)
        await uow.commit()
    return account


async def introduce(units: UnitOfWorkFactory, bots: Mapping[str, int]) -> None:
    """Register the operator's bots. The first one is the subscription bot."""
    async with units() as uow:
        for number, (username, telegram_id) in enumerate(bots.items()):
            role = "sender" if number else "subscription"
            await uow.accounts.save_bot(
                Bot(telegram_id=telegram_id, username=username, role=role, updated_at=samples.NOON)
            )
        await uow.commit()


async def buy(units: UnitOfWorkFactory, clock: Clock, **more: Any) -> tuple[Customer, Channel]:
    """Create a paying customer and a planned channel, whose assignment job is enqueued."""
    now = clock.now()
    buyer, plan = samples.customer(**more), samples.plan()
    order = samples.order(buyer, plan)
    subscription: Subscription = samples.subscription(order, access_until=now + timedelta(days=31))
    async with units() as uow:
        await uow.customers.add_if_new(buyer)
        await uow.plans.save(plan)
        await uow.orders.add_if_new(order)
        await uow.subscriptions.save(subscription)
        channel = Channel.plan_personal(buyer.id, plan.id, subscription.id, _title(plan, buyer), now)
        await uow.channels.add_if_new(channel)
        access = Access.request(buyer.id, channel.id, now)
        access.ends_at = subscription.access_until
        await uow.accesses.save(access)
        await uow.commit()
    return buyer, channel


def _title(plan: ServicePlan, buyer: Customer) -> str:
    return channel_texts.channel_title(POLICY.channel_title, POLICY.brand, plan, buyer)
