"""TLS tunnel for the bundled PostgreSQL tools. The tools are built without TLS, which hosting providers require."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
_PORT: Final = 5432
_QUEUE: Final = 5


@contextmanager
def local_address(url: str) -> Iterator[str]:
    """Yield an address, with the password, at which a tool without TLS reaches the database of `url`.

    The address is a socket in a folder that only this user can access. Connections to the socket are forwarded over TLS
    as `url` requires. A `url` that names a socket, disables TLS or has no password (which the tool looks up by host
    name) is yielded unchanged. Raises InvalidInput("DATABASE_URL").
    """
    options = connect_options(url)
    host = str(options.get("host") or "")
    mode = options.get("ssl")
    if not host or host.startswith("/") or not options.get("password") or mode in {"disable", "allow"}:
        yield url
        return
    with TemporaryDirectory(prefix="umbral-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(folder) / f".s.PGSQL.{_PORT}"))
        listener.listen(_QUEUE)
        threading.Thread(target=_serve, args=(listener, options), daemon=True).start()
        address = parse_url(url)._replace(host=None, port=None)
        try:
            yield address.set(query={"host": folder}).render_as_string(hide_password=False)
        finally:
            # Wake the thread that waits for a connection of the tool.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, options: dict[str, Any]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_carry, args=(client, options), daemon=True).start()


def _carry(client: socket.socket, options: dict[str, Any]) -> None:
    """Forward one connection until it is closed. Errors are ignored, because the tool reports the lost connection."""
    with client, suppress(OSError), _reach(options) as server:
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _reach(options: dict[str, Any]) -> socket.socket:
    """Connect to the server, with TLS if the server supports TLS. Raises OSError if the connection fails, or if the
    address requires TLS and the server does not support it.
    """
    host = str(options["host"])
    plain = socket.create_connection((host, options.get("port") or _PORT), timeout=options["timeout"])
    try:
        wanted = options.get("ssl")
        context = wanted if isinstance(wanted, ssl.SSLContext) else _unproved()
        if not options.get("direct_tls"):
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != _ACCEPTED:
                if isinstance(wanted, ssl.SSLContext):
                    raise ConnectionError("the database's server offers no TLS")
                plain.settimeout(None)
                return plain
        server = context.wrap_socket(plain, server_hostname=host)
        server.settimeout(None)
        return server
    except BaseException:
        plain.close()
        raise


def _unproved() -> ssl.SSLContext:
    """Return a TLS context for `sslmode=prefer`, which does not verify the server."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(_CHUNK):
            sink.sendall(chunk)
    for end in (sink, source):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
