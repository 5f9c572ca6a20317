"""What ends a connection of an account even when the process that opened it stands still.

Telegram ends a session that two connections use at once (AUTH_KEY_DUPLICATED, core.telegram.org/api/errors). So:
nothing leaves without asking whether the account is still held, in the very step that writes it; Telegram itself hangs
up `hang_up_after` seconds after our last ping; and what the network does not take for `UNSENT_S` the kernel throws
away. The last two need nobody who runs.
core.telegram.org/mtproto/service_messages#deferred-connection-closure-ping
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from random import getrandbits
from typing import Any, Final

import structlog
from telethon import TelegramClient
from telethon.tl import functions

log = structlog.get_logger(__name__)

UNSENT_S: Final = 5
"""How long data may wait for the other end to say that it came."""
PINGS: Final = 3
"""How many fit into the time after which Telegram hangs up."""
GOODBYE_S: Final = 2.0
"""How long Telegram has to hang up when asked to, where an answer of it is missing."""
DISCONNECT_S: Final = 5.0
"""Telethon itself would wait for ever."""
_USER_TIMEOUT: Final = getattr(socket, "TCP_USER_TIMEOUT", None)


class Fence:
    """Around one connection of one client. Telethon has no seam for it: it takes the place of two of its functions."""

    def __init__(self, client: TelegramClient, may_speak: Callable[[], bool], hang_up_after: int) -> None:
        """may_speak: whether this process may speak for the account. hang_up_after: seconds."""
        self._client = client
        self._may_speak = may_speak
        self._hang_up_after = hang_up_after
        self._sender: Any = client._sender
        self._connect = self._sender.connect
        self._sender.connect = self._watch_connection
        self._connection: Any = None
        self._hung_up = asyncio.Event()
        self._close_task: asyncio.Task[bool] | None = None

    async def keep(self) -> None:
        """Ping until cancelled, or until nothing may be sent any more."""
        while self._may_speak():
            await asyncio.sleep(self._hang_up_after / PINGS)
            if self._may_speak() and self._sender.is_connected():
                self._ping()

    async def close(self) -> bool:
        """Close the connection. False: it may still be open at Telegram's end, until the time after a ping is over."""
        if self._close_task is None:
            self._close_task = asyncio.create_task(self._close())
        return await asyncio.shield(self._close_task)

    async def _close(self) -> bool:
        is_closed = self._connection is None or self._hung_up.is_set() or await self._has_parted()
        if not is_closed:
            self._drop()
        await disconnect(self._client)
        return is_closed

    async def _watch_connection(self, connection: Any) -> Any:
        send, receive = connection._send, connection._recv

        def guarded_send(packet: bytes) -> None:
            if not self._may_speak():
                raise ConnectionResetError("the account is not this process's any more")
            send(packet)

        async def guarded_receive() -> Any:
            try:
                return await receive()
            except (OSError, asyncio.IncompleteReadError):
                self._hung_up.set()
                raise

        connection._send, connection._recv = guarded_send, guarded_receive
        is_connected = await self._connect(connection)
        self._connection = connection
        if _USER_TIMEOUT is not None:
            self._socket().setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, UNSENT_S * 1000)
        # Before anything by which Telegram would know whose connection this is.
        self._ping()
        return is_connected

    async def _has_parted(self) -> bool:
        """Whether nothing is left of it: all was answered, or Telegram hung up when asked to."""
        if not self._connection._connected:
            return False
        if not self._sender._pending_state:
            return True
        self._connection._writer.write_eof()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hung_up.wait(), GOODBYE_S)
        return self._hung_up.is_set()

    def _drop(self) -> None:
        """Let nothing that still waits be sent after closing."""
        with suppress(OSError):
            self._socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _ping(self) -> None:
        request = functions.PingDelayDisconnectRequest(ping_id=getrandbits(63), disconnect_delay=self._hang_up_after)
        # Whether it was answered nobody waits for; unseen here, Python would complain of a lost one.
        self._sender.send(request).add_done_callback(lambda pong: pong.cancelled() or pong.exception())

    def _socket(self) -> Any:
        return self._connection._writer.get_extra_info("socket")


async def disconnect(client: TelegramClient) -> None:
    """Close the connection, or say that it would not close."""
    try:
        await asyncio.wait_for(client.disconnect(), DISCONNECT_S)
    except TimeoutError:
        log.warning("a connection did not close in time")
    end = client.disconnected
    if end.done() and not end.cancelled():
        # What broke it was told by the request that failed; unseen here, Python would complain of it again, later.
        end.exception()
