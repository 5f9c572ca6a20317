"""Telethon clients that cannot duplicate a channel.

Telethon's defaults re-send a pending request after reconnecting and retry server errors, each of which can make a
second channel. With these settings every request leaves once: no reconnect, no retry, no sleeping through a flood wait.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import StringSession

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, ChannelProvisioner
from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.telegram.channel_provisioner import TelethonProvisioner
from subscriptions.infrastructure.telegram.errors import connection_errors
from subscriptions.infrastructure.telegram.session_vault import SessionVault

DISCONNECT_TIMEOUT = 5.0


@dataclass(frozen=True, kw_only=True)
class DataCentre:
    """Another data centre than Telegram's own: its address and the PEM file of its public key (PKCS#1)."""

    host: str
    port: int
    public_key: Path


@dataclass(frozen=True, kw_only=True)
class TelegramApp:
    """The application as my.telegram.org knows it."""

    api_id: int
    api_hash: str
    data_centre: DataCentre | None = None


def safe_client(app: TelegramApp, session: StringSession) -> TelegramClient:
    """A client whose requests leave at most once."""
    if app.data_centre is not None:
        rsa.add_key(app.data_centre.public_key.read_text(), old=False)
        session.set_dc(session.dc_id or 2, app.data_centre.host, app.data_centre.port)
    return TelegramClient(
        session,
        app.api_id,
        app.api_hash,
        auto_reconnect=False,
        request_retries=0,
        connection_retries=1,
        retry_delay=0,
        raise_last_call_error=True,
        flood_sleep_threshold=0,
        receive_updates=False,
        device_model="Umbral",
        app_version="1",
    )


class TelethonSessions:
    """Opens accounts for one batch of work at a time; the caller holds the lease, this keeps it to one connection."""

    def __init__(self, app: TelegramApp, vault: SessionVault, clock: Clock) -> None:
        self._app = app
        self._vault = vault
        self._clock = clock
        self._locks: dict[AccountId, asyncio.Lock] = {}
        self._open_clients: dict[AccountId, TelegramClient] = {}

    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]:
        """See the port."""
        return self._open(account)

    async def idle(self, account_id: AccountId) -> None:
        """Wait until nothing works with the account: only then may its lease be given away."""
        async with self._lock(account_id):
            pass

    async def drop(self, account_id: AccountId) -> None:
        """Cut the account's connection at once: its lease is lost. What was under way becomes Ambiguous."""
        client = self._open_clients.get(account_id)
        if client is not None:
            await asyncio.wait_for(client.disconnect(), DISCONNECT_TIMEOUT)

    def _lock(self, account_id: AccountId) -> asyncio.Lock:
        return self._locks.setdefault(account_id, asyncio.Lock())

    @asynccontextmanager
    async def _open(self, account: UserbotAccount) -> AsyncIterator[ChannelProvisioner]:
        async with self._lock(account.id):
            client = safe_client(self._app, StringSession(self._vault.unseal(account.session)))
            self._open_clients[account.id] = client
            try:
                with connection_errors():
                    await client.connect()
                    if not await client.is_user_authorized():
                        raise AccountUnavailable("dead", "the session is not logged in")
                yield TelethonProvisioner(client, account, self._clock)
            finally:
                del self._open_clients[account.id]
                await asyncio.wait_for(client.disconnect(), DISCONNECT_TIMEOUT)
