"""Check that after failures at any step of a purchase there is still one channel, one set of admins, one welcome and
one working link.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.application import routing
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import (
    SENDER_BOT_RIGHTS,
    SUBSCRIPTION_BOT_RIGHTS,
    AccountUnavailable,
    FloodWait,
)
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.userbot import SENDER_BOTS, SUBSCRIPTION_BOT, Userbot, add_account, buy, introduce

BOTS = {SUBSCRIPTION_BOT: 100, SENDER_BOTS[0]: 101, SENDER_BOTS[1]: 102}
STEPS_LIMIT = 600
KINDS = ["killed", "lost", "flood", "full", "restricted", "stale hash", "database"]

GAPS = st.tuples(st.integers(0, 8), st.sampled_from(KINDS)).map(lambda pair: ["fine"] * pair[0] + [pair[1]])
FATES = st.lists(GAPS, max_size=25).map(lambda parts: [fate for part in parts for fate in part])
"""Hypothesis strategy for sequences of failures, some close together and some far apart."""


class Killed(BaseException):
    """Simulated kill of the process at this instruction."""


class Fate:
    """Sequence of failures. After its end all calls succeed."""

    def __init__(self, fates: list[str], telegram: MemoryTelegram) -> None:
        self._fates: Iterator[str] = iter(fates)
        self._telegram = telegram

    def at_telegram(self, account: AccountId, method: str, moment: str) -> None:
        fate = next(self._fates, "fine")
        if fate == "killed":
            raise Killed
        if fate == "lost":
            raise Ambiguous(f"{method}: {moment}")
        if moment == "after":
            return
        if fate == "flood":
            raise FloodWait(method, timedelta(seconds=77))
        if fate in {"full", "restricted"} and method == "CreateChannel":
            raise AccountUnavailable(fate, "refused")
        if fate == "stale hash" and method == "ToggleNoForwards":
            self._telegram.salt_bots()

    def at_commit(self, moment: str) -> None:
        fate = next(self._fates, "fine")
        if fate == "killed":
            raise Killed
        if fate == "database" and moment == "before":
            raise RetryLater("the database is away")


class FatefulUnit(MemoryUnitOfWork):
    """Unit of work in which the simulated process may be killed immediately before or after a commit."""

    fate: Fate

    async def commit(self) -> None:
        self.fate.at_commit("before")
        await super().commit()
        self.fate.at_commit("after")


class Run:
    """One purchase from payment to invite, with all failures in between."""

    def __init__(self, fates: list[str]) -> None:
        self.memory, self.clock = Memory(), ManualClock()
        self.telegram = MemoryTelegram(self.clock, BOTS)
        self.fate = Fate([], self.telegram)
        self.fates = fates

    def units(self) -> FatefulUnit:
        unit = FatefulUnit(self.memory, routing.jobs_for)
        unit.fate = self.fate
        return unit

    async def play(self, accounts: int) -> None:
        for _ in range(accounts):
            await add_account(self.units, pace=timedelta(seconds=5))
        await introduce(self.units, BOTS)
        await buy(self.units, self.clock)
        self.fate = Fate(self.fates, self.telegram)
        self.telegram.trouble = self.fate.at_telegram
        for _ in range(STEPS_LIMIT):
            if not await self.step():
                return
        raise AssertionError("it never came to an end")

    async def step(self) -> bool:
        """Run the oldest job of the userbot, and queue the job again if it failed. Return False if there is no job."""
        mine = [job for job in self.memory.jobs if job.name.startswith("userbot.") and job.not_before is None]
        if not mine:
            return False
        self.memory.jobs.remove(mine[0])
        userbot = Userbot(self.units, self.telegram, self.clock)
        try:
            done = await userbot.attempt(mine[0].name, mine[0].payload, self.clock.advance)
        except Killed:
            done = False
            # A dead process is noticed after a while, but its connections are closed at once.
            self.clock.advance(timedelta(seconds=10))
        if not done:
            self.memory.jobs.append(mine[0])
            await self.heal()
        return True

    async def heal(self) -> None:
        """Reactivate an account, as the operator does when no account is left."""
        accounts = self.memory.rows("userbot_accounts")
        if not any(account.status is AccountStatus.ACTIVE for account in accounts):
            unit = MemoryUnitOfWork(self.memory)
            async with unit as uow:
                (first, *_) = await uow.accounts.all()
                first.status = AccountStatus.ACTIVE
                await uow.accounts.save(first)
                await uow.commit()


@settings(max_examples=400)
@given(FATES, st.integers(1, 3))
def test_failures_at_any_step_of_a_purchase_result_in_one_channel_and_one_invite(
    fates: list[str], accounts: int
) -> None:
    run = Run(fates)
    asyncio.run(run.play(accounts))
    (made,) = run.telegram.channels
    (row,) = run.memory.rows("telegram_channels")
    assert (row.channel_id, row.account_id) == (made.chat_id, made.owner)
    assert made.protected
    assert made.admins == {
        100: SUBSCRIPTION_BOT_RIGHTS,
        101: SENDER_BOT_RIGHTS,
        102: SENDER_BOT_RIGHTS,
    }
    assert [made.pinned] == list(made.posts.values())
    (link,) = run.telegram.live_links(made)
    (invite,) = run.memory.rows("channel_invites")
    assert (invite.url, invite.customer_id) == (link.url, row.customer_id)
    (access,) = run.memory.rows("accesses")
    assert access.status is AccessStatus.INVITED
    notified = run.memory.jobs_named(jobs.Announce.name)
    assert [job.payload["subject"] for job in notified if job.payload["kind"] == "invite_ready"] == [str(invite.id)]
    assert sum(account.channels_used for account in run.memory.rows("userbot_accounts")) == 1
