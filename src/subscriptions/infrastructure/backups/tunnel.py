"""TLS tunnel for the bundled PostgreSQL tools. The tools are built without TLS, which hosting providers require."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from subscriptions.infrastructure.database.address import connect_options, parse_url

_SSL_REQUEST: Final = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""Message with which a client asks the server for TLS: SSLRequest in
postgresql.org/docs/current/protocol-message-formats.html.
"""
_ACCEPTED: Final = b"S"
_CHUNK: Final = 64 * 1024
_LAST_S: Final = 5
"""Time in seconds that open connections have to close after the tool has ended."""
_PORT: Final = 5432


@contextmanager
def local_address(url: str) -> Iterator[str]:
    """Yield an address, with the password, at which a tool without TLS reaches the database of `url`.

    The address is a socket in a folder that only this user can access. Connections to the socket are forwarded over TLS
    as `url` requires. A `url` that names a socket, disables TLS or has no password (which the tool looks up by host
    name) is yielded unchanged. Raises InvalidInput("DATABASE_URL") if `url` is invalid.
    """
    options = connect_options(url)
    host = str(options.get("host") or "")
    mode = options.get("ssl")
    if not host or host.startswith("/") or not options.get("password") or mode in {"disable", "allow"}:
        yield url
        return
    with TemporaryDirectory(prefix="umbral-") as folder, _forwarded(Path(folder) / f".s.PGSQL.{_PORT}", options):
        address = parse_url(url)._replace(host=None, port=None)
        yield address.set(query={"host": folder}).render_as_string(hide_password=False)


@contextmanager
def _forwarded(path: Path, options: dict[str, Any]) -> Iterator[None]:
    """Forward the connections to a socket while the context is open. One thread forwards all of them, because a TLS
    connection must not be used by two threads at once.
    """
    ready = Future[Callable[[], object]]()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(path, options, ready)), daemon=True)
    thread.start()
    stop = ready.result()
    try:
        yield
    finally:
        stop()
        thread.join()


async def _serve(path: Path, options: dict[str, Any], ready: Future[Callable[[], object]]) -> None:
    """Accept connections until stopped. The result of `ready` is the function that stops the server."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    try:
        server = await asyncio.start_unix_server(partial(_carry, options), path)
    except OSError as error:
        ready.set_exception(error)
        return
    ready.set_result(lambda: loop.call_soon_threadsafe(stopped.set))
    await stopped.wait()
    server.close()
    # The tool has ended, so its connections end as well.
    connections = asyncio.all_tasks() - {asyncio.current_task()}
    if connections:
        await asyncio.wait(connections, timeout=_LAST_S)


async def _carry(options: dict[str, Any], client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
    """Forward one connection until it is closed. Errors are ignored, because the tool reports the lost connection."""
    try:
        with suppress(OSError):
            server, to_server = await _reach(options)
            await asyncio.gather(_pump(client, to_server), _pump(server, to_client))
            await to_server.wait_closed()
    finally:
        to_client.close()


async def _reach(options: dict[str, Any]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the server, with TLS if the server supports TLS. Raises OSError if the connection fails, or if the
    address requires TLS and the server does not support it.
    """
    plain, context = await asyncio.to_thread(_agree, options)
    if context is None:
        return await asyncio.open_connection(sock=plain)
    return await asyncio.open_connection(
        sock=plain, ssl=context, server_hostname=str(options["host"]), ssl_handshake_timeout=options["timeout"]
    )


def _agree(options: dict[str, Any]) -> tuple[socket.socket, ssl.SSLContext | None]:
    """Connect to the server without TLS, and ask for TLS. Return the connection and the TLS context, or None if the
    server does not support TLS. Raises OSError like `_reach`.
    """
    plain = socket.create_connection((str(options["host"]), options.get("port") or _PORT), timeout=options["timeout"])
    try:
        wanted = options.get("ssl")
        if not options.get("direct_tls"):
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != _ACCEPTED:
                if isinstance(wanted, ssl.SSLContext):
                    raise ConnectionError("the database's server offers no TLS")
                return plain, None
        return plain, wanted if isinstance(wanted, ssl.SSLContext) else _unproved()
    except BaseException:
        plain.close()
        raise


def _unproved() -> ssl.SSLContext:
    """Return a TLS context for `sslmode=prefer`, which does not verify the server."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
    sink.close()
