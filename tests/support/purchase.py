"""A customer's personal channel in memory, created step by step."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application import routing
from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.channels.replace_channel import ReplaceChannel
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccessId, AccountId, ChannelId, SubscriptionId, TelegramId, new_uuid
from subscriptions.domain.ports.job_queue import Job
from tests.fakes.chat_membership import MemoryChatMembership
from tests.fakes.clock import ManualClock
from tests.fakes.invite_maker import MemoryInviteMaker
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MadeChannel, MemoryTelegram, Trouble, no_trouble
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.userbot import POLICY, SENDER_BOTS, SUBSCRIPTION_BOT, Userbot, add_account, buy, introduce

BOTS = {SUBSCRIPTION_BOT: 100, SENDER_BOTS[0]: 101, SENDER_BOTS[1]: 102}
ROUNDS = 200


class Purchase:
    """A paying customer, and the accounts that create and maintain the customer's channel."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self._worked = 0
        self.memory, self.clock = Memory(), ManualClock()
        self.telegram = MemoryTelegram(self.clock, dict(BOTS))
        self.userbot = Userbot(self.units, self.telegram, self.clock, policy)
        self.chat_membership = MemoryChatMembership(self.telegram)
        self.maker = MemoryInviteMaker(self.telegram)
        self.replace = ReplaceChannel(self.units, self.maker, self.clock, policy)
        self.remove = RemovePerson(self.units, self.chat_membership, self.userbot.leaving)
        self.buyer: Customer
        self._channel: Channel

    def units(self) -> MemoryUnitOfWork:
        """Return a unit of work that routes events to jobs as the product does."""
        return MemoryUnitOfWork(self.memory, routing.jobs_for)

    async def begin(self, accounts: int = 1, **buyer: object) -> None:
        """Create the accounts, the bots and a purchase, and assign an account to the planned channel."""
        for _ in range(accounts):
            await add_account(self.units)
        await introduce(self.units, BOTS)
        self.buyer, self._channel = await buy(self.units, self.clock, **buyer)
        assert self._channel.plan_id is not None
        self._plan = self._channel.plan_id
        await self.userbot.assign(self._channel.id)

    async def tend(self, *, upkeep: bool = False) -> None:
        """Run the userbot's job for the channel once, as the account that owns the channel.

        upkeep: True for a job that only revokes invite links and creates none.
        """
        owner = (await self.channel()).account_id
        assert owner is not None
        await self.userbot.tend(owner, self._channel.id, upkeep=upkeep)

    async def assign(self) -> None:
        """Run once the job that assigns accounts to planned channels."""
        await self.userbot.assign(self._channel.id)

    async def channel(self) -> Channel:
        """Return the channel as stored in the database."""
        async with self.units() as uow:
            found = await uow.channels.get(self._channel.id)
        assert found is not None
        return found

    async def follow(self) -> Channel:
        """Use from now on the channel that the buyer currently has, and return it."""
        async with self.units() as uow:
            found = await uow.channels.personal_of(self.buyer.id, self._plan)
        assert found is not None
        self._channel = found
        return found

    async def access(self) -> Access:
        """Return the buyer's access as stored in the database."""
        async with self.units() as uow:
            found = await uow.accesses.find(self.buyer.id, self._channel.id)
        assert found is not None
        return found

    async def account(self, number: int) -> UserbotAccount:
        """Return the userbot account with this number as stored in the database."""
        async with self.units() as uow:
            found = await uow.accounts.get(AccountId(number))
        assert found is not None
        return found

    async def save(self, *changed: Access | Channel | UserbotAccount) -> None:
        """Store changes made by the test, without enqueueing jobs."""
        async with MemoryUnitOfWork(self.memory) as uow:
            for each in changed:
                if isinstance(each, Access):
                    await uow.accesses.save(each)
                elif isinstance(each, Channel):
                    await uow.channels.save(each)
                else:
                    await uow.accounts.save(each)
            await uow.commit()

    async def work(self) -> None:
        """Run the queued jobs and the jobs that they enqueue, until none is due. Jobs with a later start time remain
        queued.
        """
        for _ in range(ROUNDS):
            ready = [job for job in self.memory.jobs[self._worked :] if self._is_due(job)]
            waiting = [job for job in self.memory.jobs[self._worked :] if not self._is_due(job)]
            self.memory.jobs[self._worked :] = [*ready, *waiting]
            if not ready:
                return
            self._worked += 1
            await self._one(ready[0])
        raise AssertionError("work never ended")

    def _is_due(self, job: Job) -> bool:
        return job.not_before is None or job.not_before <= self.clock.now()

    async def _one(self, job: Job) -> None:
        if job.name == jobs.RemovePerson.name:
            await self.remove(AccessId(jobs.RemovePerson.parse(job.payload).access_id))
        elif job.name == jobs.RemoveStranger.name:
            stranger = jobs.RemoveStranger.parse(job.payload)
            await self.remove.from_channel(ChannelId(stranger.channel_id), TelegramId(stranger.telegram_id))
        elif job.name == jobs.ReplaceChannel.name:
            lost = jobs.ReplaceChannel.parse(job.payload)
            if lost.rehome:
                await self.replace.rehome(ChannelId(lost.channel_id))
            else:
                await self.replace(ChannelId(lost.channel_id), is_second_look=lost.again)
        else:
            await self.userbot.work(job.name, job.payload)

    async def end(self, *, suspend: bool = False) -> None:
        """End or suspend the access."""
        async with self.units() as uow:
            access = await uow.accesses.find(self.buyer.id, self._channel.id)
            assert access is not None
            if suspend:
                access.suspend()
            else:
                access.end()
            await uow.accesses.save(access)
            await uow.commit()

    async def grant(self) -> Channel:
        """Grant the access again, as a payment does, and return the access's channel."""
        async with self.units() as uow:
            channel = await uow.channels.personal_of(self.buyer.id, self._plan)
            if channel is None:
                channel = Channel.plan_personal(
                    self.buyer.id, self._plan, SubscriptionId(new_uuid()), "Otra vez", self.clock.now()
                )
                await uow.channels.add_if_new(channel)
            if channel.thaw():
                await uow.channels.save(channel)
            access = await uow.accesses.find(self.buyer.id, channel.id)
            if access is None:
                access = Access.request(self.buyer.id, channel.id, self.clock.now())
            else:
                access.grant()
            access.ends_at = self.clock.now() + timedelta(days=31)
            await uow.accesses.save(access)
            await uow.commit()
        self._channel = channel
        return channel

    async def join(self) -> None:
        """Make the buyer join the channel, and record the entry as the bot does."""
        made = self.made
        made.members.add(self.buyer.telegram_id)
        await self.userbot.desk.record_entry(made.chat_id, self.buyer.telegram_id)

    def knock(self, person: TelegramId) -> None:
        """Add a person's join request to the channel at Telegram, without an update to the bot."""
        self.made.waiting.add(person)

    def trouble(self, method: str, moment: str, error: BaseException, *, times: int = 1) -> None:
        """Make the next calls of a method fail. moment: point of the call at which it fails. times: number of failing
        calls.
        """
        self.telegram.trouble = _times(method, moment, error, times)

    def calm(self) -> None:
        """Make all calls succeed again."""
        self.telegram.trouble = no_trouble

    def pass_time(self, **span: float) -> None:
        """Advance the clock."""
        self.clock.advance(timedelta(**span))

    @property
    def made(self) -> MadeChannel:
        """The only channel that exists at Telegram."""
        (only,) = self.telegram.channels
        return only

    def invites(self) -> list[Invite]:
        """Return all recorded invites, oldest first."""
        return sorted(self.memory.rows("channel_invites"), key=lambda invite: invite.created_at)

    def asked(self, method: str) -> int:
        """Return the number of calls of a method so far."""
        return [name for _, name in self.telegram.calls].count(method)

    def notified(self) -> list[str]:
        """Return the kinds of the messages in the announcement jobs, in order."""
        return [str(job.payload["kind"]) for job in self.memory.jobs_named(jobs.Announce.name)]

    def alarms(self) -> list[str]:
        """Return the kinds of the raised alarms, in order."""
        return [str(job.payload["kind"]) for job in self.memory.jobs_named(jobs.RaiseAlarm.name)]


def _times(method: str, moment: str, error: BaseException, times: int) -> Trouble:
    left = [error] * times

    def strike(account: AccountId, asked: str, when: str) -> None:
        if (asked, when) == (method, moment) and left:
            raise left.pop()

    return strike
