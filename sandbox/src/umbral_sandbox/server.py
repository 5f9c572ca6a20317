"""Complete sandbox: one world, one HTTP listener, one MTProto listener, one ticking clock."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from umbral_sandbox.assembly import assembled
from umbral_sandbox.listener import Listener, bound_socket
from umbral_sandbox.mtproto import serve_mtproto
from umbral_sandbox.world.world import World

_DATABASE = "world.sqlite3"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Running sandbox: its addresses, and its world."""

    url: str
    mtproto_host: str
    mtproto_port: int
    mtproto_public_key: Path
    world: World


@contextlib.asynccontextmanager
async def running_sandbox(
    data_dir: Path | None = None,
    seed: int = 0,
    port: int = 0,
    mtproto_port: int = 0,
    host: str = "127.0.0.1",
    *,
    demo: bool = False,
) -> AsyncIterator[Sandbox]:
    """Run a sandbox while the block runs; without `data_dir` the world exists in memory only.

    With port 0, a free port is used. With `demo` the world cannot be reset. Raise OSError if a port is in use.
    """
    data_dir = _whole(data_dir)
    async with contextlib.AsyncExitStack() as stack:
        keys = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="umbral-sandbox-")))
        world = World(data_dir / _DATABASE if data_dir else None, seed)
        stack.callback(world.close)
        mtproto = await serve_mtproto(world, host, mtproto_port, keys, lasting=data_dir is not None)
        stack.push_async_callback(mtproto.close)
        listening = bound_socket(host, port)
        address = f"[{host}]" if ":" in host else host
        url = f"http://{address}:{listening.getsockname()[1]}"
        running = assembled(world, (host, mtproto.port), demo=demo)
        listener = Listener(running.app, listening)
        await listener.start()
        stack.push_async_callback(listener.stop)
        await running.start()
        stack.push_async_callback(running.stop)
        stack.push_async_callback(_cancelled, asyncio.create_task(world.run()))
        # Runs first at the end, so that waiting callers learn that the feed is closed.
        stack.callback(_end_waiting, world)
        key = mtproto.public_key_path
        if key is None:
            raise RuntimeError("the data centre has no key file")
        yield Sandbox(url, host, mtproto.port, key, world)


def _whole(path: Path | None) -> Path | None:
    """Return the absolute path, because processes in other working directories receive the path of the key file. Return
    None if there is no path.
    """
    return path.resolve() if path is not None else None


def _end_waiting(world: World) -> None:
    world.feed.close()
    world.wire.release()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
