"""Connections of accounts: one per account, held by a lease and closed when the lease is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.infrastructure.database.leases import Leases
from tests.integration.userbot.conftest import Office, eventually
from userbot.accounts import AccountKeeper

TTL = timedelta(seconds=5)
"""Lifetime of the lease. The lease is renewed every 1.5 seconds, so a pause of a busy machine does not end the lease.
"""


class FailingLeases(Leases):
    """Leases whose database can become unreachable."""

    unreachable = False

    async def renew(self, name: str, owner: str, ttl: timedelta) -> bool:
        if self.unreachable:
            raise OSError("the database is out of reach")
        return await super().renew(name, owner, ttl)


class Replica:
    """Process that opens each account for which it holds the lease."""

    def __init__(self, office: Office, name: str) -> None:
        self.office, self.name = office, name
        self.sessions = office.accounts.replica()
        self.leases = FailingLeases(office.engine)
        self.open: set[AccountId] = set()
        self.stop = asyncio.Event()

    async def accounts(self) -> Sequence[UserbotAccount]:
        async with self.office.units() as uow:
            return await uow.accounts.all()

    async def work(self, account_id: AccountId, stop: asyncio.Event) -> bool:
        async with self.leases.hold(f"account:{account_id}", self.name, TTL) as lease:
            if lease is None:
                return False
            self.sessions.hold(account_id, lambda: lease.sure)
            busy = asyncio.create_task(self._busy(await self.office.account(account_id)))
            over = [asyncio.create_task(event.wait()) for event in (stop, lease.loss)]
            try:
                await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await self.sessions.let_go(account_id, 0)
                for task in (busy, *over):
                    task.cancel()
                await asyncio.wait({busy, *over})
        return True

    async def _busy(self, account: UserbotAccount) -> None:
        async with self.sessions.open(account) as telegram:
            self.open.add(account.id)
            try:
                while True:
                    await telegram.resolve_bot("umbral_bot")
                    await asyncio.sleep(0.02)
            finally:
                self.open.discard(account.id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Replica]:
        keeper = AccountKeeper(self.accounts, self.work, look_every=0.1)
        task = asyncio.create_task(keeper.run(self.stop))
        try:
            yield self
        finally:
            self.stop.set()
            # A request that was interrupted before it was sent waits for its answer until the end.
            await asyncio.wait_for(task, 90)


async def test_two_replicas_share_the_accounts_without_overlap(office: Office) -> None:
    await office.open(accounts=2)
    first, second = Replica(office, "first"), Replica(office, "second")
    async with first.running(), second.running():
        await eventually(lambda: len(first.open) + len(second.open) == 2)
        assert not first.open & second.open
        first.stop.set()
        await eventually(lambda: len(second.open) == 2)
        assert first.open == set()
    # Telegram revokes a key that two connections use at once.
    assert [len(office.telegram.accounts.sessions(owner.id)) for owner in office.owners.values()] == [1, 1]


async def test_lost_lease_closes_the_connection_before_another_connection_opens(office: Office) -> None:
    await office.open()
    first, second = Replica(office, "first"), Replica(office, "second")
    async with first.running():
        await eventually(lambda: len(first.open) == 1)
        first.leases.unreachable = True
        async with second.running():
            await eventually(lambda: len(second.open) == 1)
            # The connection is closed first; the replica may notice it one turn of the shared event loop later.
            await eventually(lambda: first.open == set())
    (owner,) = office.owners.values()
    # Telegram revokes a key that two connections use at once.
    assert len(office.telegram.accounts.sessions(owner.id)) == 1


async def test_account_without_a_held_lease_cannot_be_opened(office: Office) -> None:
    await office.open()
    account = await office.account(1)
    other = office.accounts.replica()
    with pytest.raises(RetryLater):
        async with other.open(account):
            raise AssertionError("it was opened")
    sure = True
    other.hold(account.id, lambda: sure)
    async with other.open(account) as telegram:
        sure = False
        with pytest.raises(RetryLater):
            await telegram.create_channel("Canal", "")
    assert office.telegram.channels.all() == []


async def test_call_interrupted_by_the_release_of_its_account_has_an_uncertain_outcome(office: Office) -> None:
    await office.open()
    account = await office.account(1)
    replica = office.accounts.replica()
    replica.hold(account.id, lambda: True)
    office.accounts.fault("hold_after", "CreateChannel")

    async def create() -> None:
        async with replica.open(account) as telegram:
            await telegram.create_channel("Canal", "")

    creating = asyncio.create_task(create())
    await eventually(lambda: bool(office.telegram.channels.all()))
    await replica.let_go(account.id, 0)
    with pytest.raises(Ambiguous):
        await creating
    assert len(office.telegram.channels.all()) == 1


async def test_account_is_released_only_after_its_running_call_has_ended(office: Office) -> None:
    await office.open()
    account = await office.account(1)
    opened, go_on = asyncio.Event(), asyncio.Event()

    async def create() -> None:
        async with office.replica.open(account) as telegram:
            opened.set()
            await go_on.wait()
            await telegram.protect(await telegram.create_channel("Canal", ""))

    creating = asyncio.create_task(create())
    await opened.wait()
    letting_go = asyncio.create_task(office.replica.let_go(account.id, 10))
    await asyncio.sleep(0)
    assert not letting_go.done()
    go_on.set()
    # The connection is open but sends no further request: another replica may wait for the account.
    with pytest.raises(RetryLater):
        await creating
    await letting_go


async def test_failures_of_the_lease_keeper_are_logged_and_retried(office: Office) -> None:
    await office.open()
    tries, stop = 0, asyncio.Event()

    async def accounts() -> Sequence[UserbotAccount]:
        return [await office.account(1)]

    async def work(account_id: AccountId, stop: asyncio.Event) -> bool:
        nonlocal tries
        tries += 1
        raise LookupError("a fault of ours")

    with capture_logs() as logs:
        keeper = asyncio.create_task(AccountKeeper(accounts, work, look_every=0.01).run(stop))
        await eventually(lambda: tries >= 3)
        stop.set()
        await keeper
    notified = [line for line in logs if line["event"] == "work with an account broke off"]
    assert len(notified) == tries
    assert all(line["log_level"] == "error" for line in notified)
