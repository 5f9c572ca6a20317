"""Safeguard that closes an account's connection even if the process that opened it is suspended.

Telegram ends a session that two connections use at the same time (AUTH_KEY_DUPLICATED, core.telegram.org/api/errors).
There are three safeguards. Nothing is sent without checking, in the same step, that the process still holds the
account. Telegram closes the connection `hang_up_after` seconds after our last ping. The kernel discards data that the
network does not accept within `UNSENT_S`. The last two work even if the process does not run.

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
"""Seconds for which sent data may remain unacknowledged."""
PINGS: Final = 3
"""Number of pings within the time after which Telegram closes the connection."""
GOODBYE_S: Final = 2.0
"""Seconds to wait for Telegram to close the connection on request, if a response is still missing."""
DISCONNECT_S: Final = 5.0
"""Timeout in seconds for disconnecting. Telethon itself has no such timeout."""
_USER_TIMEOUT: Final = getattr(socket, "TCP_USER_TIMEOUT", None)


class Fence:
    """Safeguards of one client's connection, as described in the module's docstring. Telethon has no suitable extension
    point, so this class replaces internal functions of Telethon: one that connects, one that sends and one that
    receives.
    """

    def __init__(self, client: TelegramClient, may_speak: Callable[[], bool], hang_up_after: int) -> None:
        """may_speak: function that returns True if this process may use the account
        hang_up_after: seconds after our last ping until Telegram closes the connection
        """
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
        """Send pings until canceled, or until this process may no longer use the account."""
        while self._may_speak():
            await asyncio.sleep(self._hang_up_after / PINGS)
            if self._may_speak() and self._sender.is_connected():
                self._ping()

    async def close(self) -> bool:
        """Close the connection. Return False if the connection may still be open at Telegram, until `hang_up_after`
        seconds after our last ping.
        """
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
        # This comes before any data from which Telegram could identify the account of the connection.
        self._ping()
        return is_connected

    async def _has_parted(self) -> bool:
        """Return True if the connection is completely closed: all requests were answered, or Telegram closed the
        connection on request.
        """
        if not self._connection._connected:
            return False
        if not self._sender._pending_state:
            return True
        self._connection._writer.write_eof()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hung_up.wait(), GOODBYE_S)
        return self._hung_up.is_set()

    def _drop(self) -> None:
        """Make the kernel discard unsent data when the connection closes."""
        with suppress(OSError):
            self._socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _ping(self) -> None:
        request = functions.PingDelayDisconnectRequest(ping_id=getrandbits(63), disconnect_delay=self._hang_up_after)
        # The response is not awaited. Reading the result here prevents Python's warning about an exception that was
        # never retrieved.
        self._sender.send(request).add_done_callback(lambda pong: pong.cancelled() or pong.exception())

    def _socket(self) -> Any:
        return self._connection._writer.get_extra_info("socket")


async def disconnect(client: TelegramClient) -> None:
    """Close the connection, and log a warning if it does not close in time."""
    try:
        await asyncio.wait_for(client.disconnect(), DISCONNECT_S)
    except TimeoutError:
        log.warning("a connection did not close in time")
    end = client.disconnected
    if end.done() and not end.cancelled():
        # The failed request already reported the error. Reading the error here prevents Python's warning about an
        # exception that was never retrieved.
        end.exception()
