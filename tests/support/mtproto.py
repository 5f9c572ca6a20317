"""A Telegram data centre for tests, and real Telethon clients with the product's settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import StringSession
from telethon.tl import functions, types

from umbral_sandbox.mtproto import MtprotoServer, make_session_string, serve_mtproto
from umbral_sandbox.world.world import World

HOST = "127.0.0.1"


@dataclass
class DataCentre:
    """A running data centre and its world."""

    world: World
    server: MtprotoServer

    def session_of(self, account_id: int) -> str:
        """Return a stored session of an account."""
        return make_session_string(self.world, account_id, HOST, self.server.port)

    def client(self, session: str = "") -> TelegramClient:
        """Return a client that is not connected yet. Without a session, the client must first negotiate a key."""
        stored = StringSession(session)
        stored.set_dc(2, HOST, self.server.port)
        return TelegramClient(
            stored,
            api_id=1,
            api_hash="0123456789abcdef",
            auto_reconnect=False,
            request_retries=0,
            connection_retries=1,
            retry_delay=0,
            raise_last_call_error=True,
            flood_sleep_threshold=0,
            receive_updates=False,
        )

    @asynccontextmanager
    async def connected(self, session: str = "") -> AsyncIterator[TelegramClient]:
        """Yield a client that is connected while the block runs."""
        client = self.client(session)
        try:
            await client.connect()
            yield client
        finally:
            await client.disconnect()


@asynccontextmanager
async def running_data_centre(directory: Path) -> AsyncIterator[DataCentre]:
    """Run a data centre whose world and keys are stored in a directory. A second run with the same directory continues
    with them.
    """
    world = World(directory / "world.sqlite")
    server = await serve_mtproto(world, HOST, 0, directory / "keys")
    rsa.add_key(server.public_key_pem, old=False)
    try:
        yield DataCentre(world, server)
    finally:
        await server.close()
        world.close()


def input_channel(created: Any) -> types.InputChannel:
    """Return the channel from the response to CreateChannel, as an input channel for its owner."""
    (chat,) = created.chats
    return types.InputChannel(chat.id, chat.access_hash)


def input_peer(channel: types.InputChannel) -> types.InputPeerChannel:
    """Return the channel as an input peer, for calls that accept any peer."""
    return types.InputPeerChannel(channel.channel_id, channel.access_hash)


async def create_channel(client: TelegramClient, title: str = "Umbral", description: str = "") -> types.InputChannel:
    """Create a channel owned by the client's account."""
    request = functions.channels.CreateChannelRequest(title=title, about=description, broadcast=True)
    return input_channel(await client(request))


async def resolve(client: TelegramClient, username: str) -> types.InputUser:
    """Return the user with a username, as an input user for the client's account."""
    found = await client(functions.contacts.ResolveUsernameRequest(username))
    return types.InputUser(found.users[0].id, found.users[0].access_hash)


async def promote(client: TelegramClient, channel: Any, target: Any, **rights: bool) -> Any:
    """Set the admin rights of a user to exactly the given rights."""
    return await client(
        functions.channels.EditAdminRequest(
            channel=channel, user_id=target, admin_rights=types.ChatAdminRights(**rights)
        )
    )


class KeyTaken(MtprotoServer):
    """A data centre that refuses the first two negotiated keys, as if other clients already had them."""

    refused = 0

    def keep_key(self, key: bytes) -> bool:
        """Refuse the first two keys and store all later ones."""
        if self.refused < 2:
            self.refused += 1
            return False
        return super().keep_key(key)
