"""One customer's channel in memory, brought on step by step."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application import routing
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId, TelegramId
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MadeChannel, MemoryTelegram, Trouble, no_trouble
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.userbot import SENDER_BOTS, SUBSCRIPTION_BOT, Userbot, add_account, buy, introduce

BOTS = {SUBSCRIPTION_BOT: 100, SENDER_BOTS[0]: 101, SENDER_BOTS[1]: 102}


class Purchase:
    """Somebody who paid, and the pool that serves them."""

    def __init__(self) -> None:
        self.memory, self.clock = Memory(), ManualClock()
        self.telegram = MemoryTelegram(self.clock, BOTS)
        self.userbot = Userbot(self.units, self.telegram, self.clock)
        self.buyer: Customer
        self._channel: Channel

    def units(self) -> MemoryUnitOfWork:
        """A unit of work that routes events as the product does."""
        return MemoryUnitOfWork(self.memory, routing.jobs_for)

    async def begin(self, accounts: int = 1, **buyer: object) -> None:
        """Accounts, bots, and a payment; the channel has an account."""
        for _ in range(accounts):
            await add_account(self.units)
        await introduce(self.units, BOTS)
        self.buyer, self._channel = await buy(self.units, self.clock, **buyer)
        await self.userbot.assign(self._channel.id)

    async def tend(self, *, upkeep: bool = False) -> None:
        """One run of the job, as the account that has the channel."""
        owner = (await self.channel()).account_id
        assert owner is not None
        await self.userbot.tend(owner, self._channel.id, upkeep=upkeep)

    async def assign(self) -> None:
        """One run of the job that sees to the channel."""
        await self.userbot.assign(self._channel.id)

    async def channel(self) -> Channel:
        """As it is stored."""
        async with self.units() as uow:
            found = await uow.channels.get(self._channel.id)
        assert found is not None
        return found

    async def access(self) -> Access:
        """As it is stored."""
        async with self.units() as uow:
            found = await uow.accesses.of(self.buyer.id, self._channel.id)
        assert found is not None
        return found

    async def account(self, number: int) -> UserbotAccount:
        """As it is stored."""
        async with self.units() as uow:
            found = await uow.accounts.get(AccountId(number))
        assert found is not None
        return found

    async def save(self, *changed: Access | Channel | UserbotAccount) -> None:
        """Store what the test changed; no job comes of it."""
        async with MemoryUnitOfWork(self.memory) as uow:
            for each in changed:
                if isinstance(each, Access):
                    await uow.accesses.save(each)
                elif isinstance(each, Channel):
                    await uow.channels.save(each)
                else:
                    await uow.accounts.save(each)
            await uow.commit()

    async def join(self) -> None:
        """The buyer gets in, as the bot tells it."""
        made = self.made
        made.members.add(self.buyer.telegram_id)
        await self.userbot.desk.entered(made.chat_id, self.buyer.telegram_id)

    def knock(self, person: TelegramId) -> None:
        """Somebody asks to come in, and no update tells of it."""
        self.made.waiting.add(person)

    def trouble(self, method: str, moment: str, error: BaseException, *, times: int = 1) -> None:
        """Let the next calls of that method go wrong."""
        self.telegram.trouble = _times(method, moment, error, times)

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.telegram.trouble = no_trouble

    def pass_time(self, **span: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**span))

    @property
    def made(self) -> MadeChannel:
        """The one channel at Telegram."""
        (only,) = self.telegram.channels
        return only

    def invites(self) -> list[Invite]:
        """All that were ever recorded, the oldest first."""
        return sorted(self.memory.rows("channel_invites"), key=lambda invite: invite.created_at)

    def asked(self, method: str) -> int:
        """How often that was asked of Telegram."""
        return [name for _, name in self.telegram.calls].count(method)

    def told(self) -> list[str]:
        """The kinds of messages owed, in order."""
        return [str(job.payload["kind"]) for job in self.memory.jobs_named(jobs.Announce.name)]

    def alarms(self) -> list[str]:
        """The kinds of alarms raised, in order."""
        return [str(job.payload["kind"]) for job in self.memory.jobs_named(jobs.RaiseAlarm.name)]


def _times(method: str, moment: str, error: BaseException, times: int) -> Trouble:
    left = [error] * times

    def strike(account: AccountId, asked: str, when: str) -> None:
        if (asked, when) == (method, moment) and left:
            raise left.pop()

    return strike
