"""Use cases of the userbot on PostgreSQL and a sandbox, through the real Telethon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application import routing
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId, TelegramId
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from subscriptions.infrastructure.jobs.queue import decode
from tests.fakes.units import sql_unit
from tests.support.telethon_accounts import Accounts, WorldTime, always
from tests.support.userbot import SENDER_BOTS, SUBSCRIPTION_BOT, Userbot, add_account, buy, introduce
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram.channel_records import Channel as WorldChannel
from umbral_sandbox.world.telegram.records import Person

CALL_TIMEOUT = 60.0
"""Time limit of a call in seconds. A call on loopback exceeds the limit only if a fault holds the call, even on a busy
machine.
"""
HASTY_TIMEOUT = 1.0
ATTEMPTS = 40

SUBSCRIPTION_RIGHTS = {"can_post_messages", "can_invite_users", "can_restrict_members"}
SENDER_RIGHTS = {"can_post_messages", "can_edit_messages", "can_delete_messages"}
IMPLIED = {"can_manage_chat", "is_anonymous"}


async def eventually(true: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        await asyncio.sleep(0.01)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Run an in-memory sandbox for this test."""
    async with running_sandbox() as running:
        yield running


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Open an engine for the test's database."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


class Office:
    """Pool accounts, bots and customers, and one running replica."""

    def __init__(self, sandbox: Sandbox, engine: AsyncEngine) -> None:
        self.sandbox, self.engine = sandbox, engine
        self.world, self.telegram = sandbox.world, sandbox.world.telegram
        self.accounts = Accounts(sandbox)
        self.clock = WorldTime(sandbox)
        self.replica = self.accounts.replica(call_timeout=CALL_TIMEOUT)
        self.userbot = Userbot(self.units, self.replica, self.clock)
        self.owners: dict[AccountId, Person] = {}
        self.bots: dict[int, set[str]] = {}

    def hurry(self) -> None:
        """Shorten the timeout of held calls. Call this method before `open`."""
        self.replica = self.accounts.replica(call_timeout=HASTY_TIMEOUT)
        self.userbot = Userbot(self.units, self.replica, self.clock)

    def units(self) -> SqlUnitOfWork:
        """Return a unit of work with the product's own routing."""
        return sql_unit(self.engine, routing.jobs_for)

    async def open(self, accounts: int = 1) -> None:
        """Add the bots with their names, and signed-in accounts held by the replica."""
        named = {name: self.telegram.people.add_bot(name, name).id for name in (SUBSCRIPTION_BOT, *SENDER_BOTS)}
        for name, number in named.items():
            self.bots[number] = SUBSCRIPTION_RIGHTS if name == SUBSCRIPTION_BOT else SENDER_RIGHTS
        await introduce(self.units, named)
        for _ in range(accounts):
            phone = f"+3460000000{len(self.owners)}"
            owner, session = self.accounts.sign_in(phone)
            account = await add_account(self.units, phone=phone, session=session, created_at=self.clock.now())
            self.owners[account.id] = owner
            self.replica.hold(account.id, always)
        self.world.commit()

    async def customer(self, first_name: str = "Ana", **more: Any) -> tuple[Customer, Channel]:
        """Create a person of the sandbox who has paid, and return the customer and the channel."""
        person = self.telegram.people.add_person(first_name, **more)
        self.world.commit()
        return await buy(
            self.units,
            self.clock,
            telegram_id=TelegramId(person.id),
            first_name=first_name,
            username=person.username,
        )

    async def work(self) -> None:
        """Run the userbot's jobs until none is left."""
        waiting: list[tuple[str, Mapping[str, Any]]] = []
        for _ in range(ATTEMPTS):
            waiting += await self._taken()
            if not waiting:
                return
            name, payload = waiting.pop(0)
            if not await self.userbot.attempt(name, payload, self.world.clock.advance):
                waiting.append((name, payload))
        raise AssertionError(f"work never ended: {waiting}")

    async def _taken(self) -> list[tuple[str, Mapping[str, Any]]]:
        async with self.engine.begin() as connection:
            rows = await connection.execute(
                text("DELETE FROM pgqueuer WHERE entrypoint LIKE 'userbot.%' RETURNING id, entrypoint, payload")
            )
            return [(row.entrypoint, decode(row.payload)) for row in sorted(rows, key=lambda row: row.id)]

    async def stored(self, channel: Channel) -> Channel:
        """Return the channel from the database."""
        async with self.units() as uow:
            found = await uow.channels.get(channel.id)
        assert found is not None
        return found

    async def account(self, number: int) -> UserbotAccount:
        """Return the account from the database."""
        async with self.units() as uow:
            found = await uow.accounts.get(AccountId(number))
        assert found is not None
        return found

    async def invite(self, channel: Channel) -> Invite:
        """Return the only live invite link."""
        async with self.units() as uow:
            (only,) = await uow.channels.live_invites(channel.id)
        return only

    async def made(self, channel: Channel) -> WorldChannel:
        """Return the channel from the sandbox's Telegram."""
        stored = await self.stored(channel)
        assert stored.channel_id is not None
        found = self.telegram.channels.by_chat_id(stored.channel_id)
        assert found is not None
        return found

    async def assert_served(self, channel: Channel) -> WorldChannel:
        """Check that there is exactly one channel, owned by its account, protected, with its admins, one welcome and
        one link.
        """
        stored, made = await self.stored(channel), await self.made(channel)
        channels, marker = self.telegram.channels.all(), stored.marker
        titled = [one.id for one in channels if any(link.title.startswith(marker) for link in one.links.values())]
        assert titled == [made.id]
        assert not any(one.about.endswith(marker) for one in channels), "nothing of ours in a customer's eyes"
        assert stored.account_id is not None
        assert (made.owner, made.protected) == (self.owners[stored.account_id].id, True)
        assert {user: set(admin.rights) - IMPLIED for user, admin in made.admins.items()} == self.bots
        posts = [post for post in self.telegram.posts.messages(made) if post.kind == "text"]
        assert made.pinned == [post.id for post in posts]
        assert self.accounts.live_links(made) == [(await self.invite(channel)).url]
        return made

    def open_link(self, person: int, url: str) -> str:
        """Open an invite link as the person, and return the result."""
        _, result = self.telegram.joins.open(person, url.rpartition("+")[2])
        self.world.commit()
        return result


@pytest.fixture
async def office(sandbox: Sandbox, engine: AsyncEngine) -> Office:
    """Build an Office. The test must call its method `open`."""
    return Office(sandbox, engine)
