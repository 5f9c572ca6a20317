"""Check that a lost connection is reported once, as the result of the request, and that Python logs no unretrieved
exception later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.infrastructure.telegram.fence import disconnect
from subscriptions.infrastructure.telegram.userbot_client import TelethonSessions, client_of
from tests.integration.userbot.conftest import Office
from tests.support.telethon_accounts import always


@pytest.mark.parametrize("method", ["GetConfig", "GetState"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_lost_connection_leaves_no_unretrieved_exception(office: Office, fault: str, method: str) -> None:
    await office.open()
    account = await office.account(1)
    office.accounts.fault(fault, method)
    client = client_of(office.accounts.app(), office.accounts.vault.unseal(account.session))

    with suppress(ConnectionError):
        await client.connect()
        await client.is_user_authorized()
    await disconnect(client)

    # asyncio logs an exception that was never retrieved when its future is discarded.
    assert not client.disconnected._log_traceback


async def test_account_with_a_lost_connection_is_opened_again(office: Office) -> None:
    await office.open()
    account = await office.account(1)
    for method in ("GetConfig", "CreateChannel"):
        await _lose(office, account, method)
    async with office.replica.open(account) as telegram:
        assert await telegram.create_channel("Canal", "")


async def _lose(office: Office, account: UserbotAccount, method: str) -> None:
    office.accounts.fault("drop_before", method)
    with pytest.raises((Ambiguous, RetryLater)):
        async with office.replica.open(account) as telegram:
            await telegram.create_channel("Canal", "")


async def test_account_is_reopened_only_after_telegram_closed_a_silently_dropped_connection(office: Office) -> None:
    """Telegram still considers the connection open, so a second connection would end the session."""
    await office.open()
    account = await office.account(1)
    async with SwallowingNetwork.to(office.sandbox.mtproto_host, office.sandbox.mtproto_port) as network:
        replica = office.accounts.replica(call_timeout=2, hang_up_after=4, port=network.port)
        replica.hold(account.id, always)
        with pytest.raises(Ambiguous):
            await _create(replica, account, network.swallow)
        network.carry()
        await asyncio.wait_for(_create_at_last(replica, account), 90)
        assert network.server_hung_up.is_set(), "a second one beside it"
    (owner,) = office.owners.values()
    assert len(office.telegram.accounts.sessions(owner.id)) == 1


async def test_account_is_not_released_before_its_interrupted_connection_is_closed(office: Office) -> None:
    """Another replica opens the account as soon as this replica releases the account."""
    await office.open()
    account = await office.account(1)
    async with SwallowingNetwork.to(office.sandbox.mtproto_host, office.sandbox.mtproto_port) as network:
        replica = office.accounts.replica(call_timeout=2, hang_up_after=4, port=network.port)
        replica.hold(account.id, always)
        closing = asyncio.Event()

        async def create() -> None:
            async with replica.open(account) as telegram:
                network.swallow()
                try:
                    await telegram.create_channel("Canal", "")
                finally:
                    closing.set()

        creating = asyncio.create_task(create())
        await closing.wait()
        creating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await creating
        await replica.let_go(account.id, 0)
        assert network.server_hung_up.is_set()


async def _create(replica: TelethonSessions, account: UserbotAccount, first: Callable[[], None] | None = None) -> None:
    async with replica.open(account) as telegram:
        if first is not None:
            first()
        await telegram.create_channel("Canal", "")


async def _create_at_last(replica: TelethonSessions, account: UserbotAccount) -> None:
    while True:
        try:
            return await _create(replica, account)
        except RetryLater:
            await asyncio.sleep(0.05)


class SwallowingNetwork:
    """A proxy to the data centre that can stop forwarding in both directions without closing connections."""

    def __init__(self) -> None:
        self.port = 0
        self.server_hung_up = asyncio.Event()
        self._carries = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []

    @classmethod
    @asynccontextmanager
    async def to(cls, host: str, port: int) -> AsyncIterator[SwallowingNetwork]:
        """Listen at a free port and forward to this address."""
        network = cls()

        async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inward, outward = await asyncio.open_connection(host, port)
            network._ends += [writer, outward]
            network._spawn(network._pump(reader, outward))
            network._spawn(network._pump(inward, writer, network.server_hung_up))

        server = await asyncio.start_server(through, "127.0.0.1", 0)
        network.port = server.sockets[0].getsockname()[1]
        try:
            yield network
        finally:
            server.close()
            for end in network._ends:
                end.transport.abort()
            await asyncio.gather(*network._tasks)

    def swallow(self) -> None:
        """Stop forwarding data on existing connections, including their end."""
        self._carries = False

    def carry(self) -> None:
        """Forward the data of new connections again."""
        self._carries = True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.create_task(work))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, over: asyncio.Event | None = None
    ) -> None:
        swallowed = False
        with suppress(OSError):
            while data := await reader.read(65536):
                swallowed = swallowed or not self._carries
                if not swallowed:
                    writer.write(data)
        if over is not None:
            over.set()
        if not swallowed and self._carries:
            writer.close()
