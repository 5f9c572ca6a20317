"""TCP connection of one client, with its packets, key exchange and encrypted sessions."""

import asyncio
import contextlib
import logging
import struct
import time
from collections.abc import Coroutine
from typing import Any, Protocol

from telethon.tl import types

from umbral_sandbox.mtproto.cipher import CipherError, Plaintext, decrypt
from umbral_sandbox.mtproto.client_keys import ClientKey
from umbral_sandbox.mtproto.codec import decode_request
from umbral_sandbox.mtproto.framing import Framing, FramingError, open_framing
from umbral_sandbox.mtproto.handshake import Handshake, HandshakeError
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.mtproto.server_key import ServerKey
from umbral_sandbox.mtproto.session import Session

logger = logging.getLogger(__name__)

UNKNOWN_KEY = struct.pack("<i", -404)


class Centre(Protocol):
    """Interface of the data centre that a connection uses."""

    server_key: ServerKey

    async def serve(self, key: ClientKey, request: Any) -> bytes:
        """Return the result or the rpc_error of one call; raise ConnectionCutError if the call gets no response."""

    def key(self, key_id: int) -> ClientKey | None:
        """Return the key with this id, or None."""

    def keep_key(self, key: bytes) -> bool:
        """Store a newly agreed key; return False if the client must agree on another key."""

    def salt(self, key_id: int) -> int:
        """Return the current server salt of this key."""

    async def claim(self, connection: "Connection", key: ClientKey, session_id: int) -> None:
        """Register a live session of this key on this connection."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine that may outlive the connection."""


class Connection:
    """Reader of one connection until the client disconnects; results may be sent later, from separate tasks."""

    def __init__(self, centre: Centre, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.closed = asyncio.Event()
        self._centre = centre
        self._reader = reader
        self._writer = writer
        self._framing: Framing | None = None
        self._handshake = Handshake(centre.server_key, centre.keep_key)
        self._sessions: dict[int, Session] = {}
        self._hanging_up: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Serve the connection until its end."""
        try:
            self._framing = await open_framing(self._reader)
            while not self.closed.is_set():
                await self._receive(await self._framing.read())
        except (asyncio.IncompleteReadError, OSError):
            pass
        except (FramingError, HandshakeError, CipherError, RpcError, struct.error) as error:
            logger.warning("a connection is cut: %s", error)
        finally:
            self.abort()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def send(self, packet: bytes) -> None:
        """Send one packet; do nothing once the connection is closed."""
        if self._framing is not None and not self.closed.is_set() and not self._writer.is_closing():
            self._writer.write(self._framing.encode(packet))

    def hang_up_in(self, seconds: float) -> None:
        """Cut the connection after this delay, in real time; each call replaces the previous one.

        https://core.telegram.org/mtproto/service_messages#deferred-connection-closure-ping
        """
        if self._hanging_up is not None:
            self._hanging_up.cancel()
        self._hanging_up = asyncio.get_running_loop().call_later(seconds, self.abort)

    def abort(self) -> None:
        """Cut the connection immediately."""
        if self._hanging_up is not None:
            self._hanging_up.cancel()
        self.closed.set()
        self._writer.transport.abort()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a call that continues even if this connection is cut."""
        return self._centre.spawn(work)

    async def _receive(self, packet: bytes) -> None:
        if len(packet) < 24:
            raise CipherError("a packet without a message")
        (key_id,) = struct.unpack_from("<Q", packet)
        if key_id == 0:
            self._exchange(packet)
            return
        key = self._centre.key(key_id)
        if key is None:
            self.send(UNKNOWN_KEY)
            return
        message = decrypt(key.secret, packet)
        (await self._session(key, message)).receive(message)

    async def _session(self, key: ClientKey, message: Plaintext) -> Session:
        session = self._sessions.get(message.session_id)
        if session is None:
            await self._centre.claim(self, key, message.session_id)
            salt, serve = self._centre.salt(key.key_id), self._centre.serve
            session = Session(self, key, message.session_id, salt, serve)
            self._sessions[message.session_id] = session
        return session

    def _exchange(self, packet: bytes) -> None:
        (length,) = struct.unpack_from("<i", packet, 16)
        request: Any = decode_request(packet[20 : 20 + length])
        if isinstance(request, types.MsgsAck):
            return
        body = bytes(self._handshake.answer(request))
        msg_id = int(time.time() * (1 << 32)) & ~3 | 1
        self.send(struct.pack("<qqi", 0, msg_id, len(body)) + body)
