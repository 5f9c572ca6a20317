"""Simulated Telegram data center: a TCP server, its keys, and the live connections of each client key."""

import asyncio
import secrets
from collections.abc import Coroutine
from hashlib import sha256
from pathlib import Path
from typing import Any

from umbral_sandbox.mtproto.calls import DataCentreState
from umbral_sandbox.mtproto.cipher import auth_key_id
from umbral_sandbox.mtproto.client_keys import ClientKey, ClientKeys
from umbral_sandbox.mtproto.connection import Connection
from umbral_sandbox.mtproto.dispatch import Dispatcher
from umbral_sandbox.mtproto.refusals import ConnectionCutError
from umbral_sandbox.mtproto.rpc import BEFORE_LOGIN, HANDLERS
from umbral_sandbox.mtproto.server_key import PUBLIC_FILE, ServerKey, load_server_key
from umbral_sandbox.mtproto.srp import PasswordChecks
from umbral_sandbox.world.world import World

# A client's new connection can arrive before the end of its previous one is noticed.
CLOSING_GRACE_S = 0.25


class MtprotoServer:
    """Running simulator of a Telegram data centre."""

    def __init__(self, world: World, host: str, port: int, key_dir: Path | None, *, lasting: bool = True) -> None:
        self.server_key: ServerKey = load_server_key(key_dir, lasting=lasting)
        self.public_key_path = key_dir / PUBLIC_FILE if key_dir is not None else None
        self.host = host
        self.port = port
        self._world = world
        self._keys = ClientKeys(world.telegram.accounts)
        self._salt_seed = secrets.token_bytes(16)
        self._alive: dict[int, dict[Connection, set[int]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._dispatcher: Dispatcher | None = None
        self._server: asyncio.Server | None = None

    @property
    def public_key_pem(self) -> str:
        """Return the public key that clients must trust, as PEM text."""
        return self.server_key.public_pem

    async def start(self) -> None:
        """Start to listen; with port 0, on a free port."""
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        centre = DataCentreState(self._world, PasswordChecks(), self.host, self.port)
        self._dispatcher = Dispatcher(centre, HANDLERS, BEFORE_LOGIN)

    async def close(self) -> None:
        """Stop listening, cut every connection, and end every held call."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def serve(self, key: ClientKey, request: Any) -> bytes:
        """Return the bytes of the result or the rpc_error of one call; raise ConnectionCutError if the call gets no
        response.
        """
        if self._dispatcher is None:
            raise ConnectionCutError
        return await self._dispatcher.serve(key, request)

    def key(self, key_id: int) -> ClientKey | None:
        """Return the key with this id, or None."""
        return self._keys.get(key_id)

    def keep_key(self, key: bytes) -> bool:
        """Store a newly agreed key on disk immediately, because the client relies on the key even after a crash of this
        process.

        Return False if another key has the same id (`dh_gen_retry` of https://core.telegram.org/mtproto/auth_key).
        """
        if self._keys.get(auth_key_id(key)) is not None:
            return False
        self._keys.add(key)
        self._world.commit()
        return True

    def salt(self, key_id: int) -> int:
        """Return the server salt of this key; the salt is different after each start."""
        digest = sha256(self._salt_seed + key_id.to_bytes(8, "little")).digest()
        return int.from_bytes(digest[:8], "little", signed=True)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine until it ends or the server closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def claim(self, connection: Connection, key: ClientKey, session_id: int) -> None:
        """Register a session of a key. If a signed-in key still has a different session on another connection after the
        grace time, revoke the key permanently.
        """
        alive = self._alive.setdefault(key.key_id, {})
        alive.setdefault(connection, set()).add(session_id)
        rivals = [other for other, sessions in alive.items() if other is not connection and session_id not in sessions]
        if key.account_id is None or not rivals:
            return
        gone = [asyncio.ensure_future(other.closed.wait()) for other in rivals]
        _, still_there = await asyncio.wait(gone, timeout=CLOSING_GRACE_S)
        for waiting in still_there:
            waiting.cancel()
        if still_there and not connection.closed.is_set():
            self._world.telegram.accounts.revoke_key(key.key_id)
            self._world.commit()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        serving = self.spawn(connection.run())
        try:
            await asyncio.wait([serving])
        finally:
            for alive in self._alive.values():
                alive.pop(connection, None)
            self._alive = {key_id: alive for key_id, alive in self._alive.items() if alive}


async def serve_mtproto(
    world: World, host: str, port: int, key_dir: Path | None, *, lasting: bool = True
) -> MtprotoServer:
    """Start a data centre on this address (port 0: any free port), with its RSA key stored in ``key_dir``.

    lasting: see ``load_server_key``.
    """
    server = MtprotoServer(world, host, port, key_dir, lasting=lasting)
    await server.start()
    return server
