"""uvicorn's HTTP protocol with a time limit for every wait.

uvicorn parses requests with h11, which limits the size of a head and refuses ambiguous requests. It has no time limit
for a head, for a request, or for an answer that the client does not read. This module adds those limits around its
protocol, using only asyncio's public interface.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from h11 import ProtocolError
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from web.coalescing import CoalescingTransport
from web.connections import ConnectionLimiter

HEAD_BYTES: Final = 16 * 1024
"""Maximum bytes of the request line and header fields, and of the end of a chunked body. Payment providers send three
kilobytes at most.
"""
IDLE_S: Final = 130
"""Seconds between two requests. Longer than proxies keep an idle connection (nginx 60 s, Caddy 120 s), so that they do
not send a webhook into a connection that was just closed.
"""
STOP_GRACE_S: Final = 10

Peer = tuple[str, int]


@dataclass(frozen=True)
class Timeouts:
    """Time limits in seconds.

    head: from a new connection, or the first byte of a request, to the end of the head. request: from there to the end
    of the answer. It includes 30 s for a body (`web.body`); the remaining time is for a provider that has to verify a
    webhook, or for a visitor who reads slowly.
    """

    head: float = 10.0
    request: float = 75.0


class HttpProtocol(asyncio.Protocol):
    """One connection."""

    def __init__(self, http: asyncio.Protocol, guard: "Guard") -> None:
        self._http = http
        self._guard = guard
        self._loop = asyncio.get_running_loop()
        self._requests = 0
        """Number of requests being served; briefly more than one with pipelined requests."""
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport
        self._peer: Peer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to wait for the first head."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("connections are streams")
        self._transport = transport
        self._http.connection_made(CoalescingTransport(transport, self._loop))
        peer = transport.get_extra_info("peername")
        if peer is None:
            # The client has disconnected already.
            self.abort()
            return
        self._peer = peer[:2]
        self._wait("head")
        self._guard.add(self, self._peer)

    def data_received(self, data: bytes) -> None:
        """Pass on received data. Between two requests, it starts the head of the next one."""
        if not self._requests and self._timer is None:
            self._wait("head")
        try:
            self._http.data_received(data)
        except ProtocolError:
            # uvicorn cannot report an invalid request after the previous answer has started.
            self._transport.abort()
        if self._transport.is_closing() and not self._requests:
            self._guard.limiter.closures["bad"] += 1

    def eof_received(self) -> bool | None:
        """Pass on that the client has finished sending."""
        return self._http.eof_received()

    def pause_writing(self) -> None:
        """Pass on that the client reads too slowly."""
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the client has caught up."""
        self._http.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection."""
        self._stop_timer()
        if self._peer is not None:
            self._guard.remove(self, self._peer)
        self._http.connection_lost(exc)

    def request_started(self) -> None:
        """Record that a request's head is complete and the request is being served."""
        self._requests += 1
        self._wait("request")
        self._guard.limiter.busy(self)

    def request_ended(self) -> None:
        """Record that the answer is written. Further data, including unread data of the body, has the time limit of a
        head.
        """
        self._requests -= 1
        if not self._requests:
            self._stop_timer()
            self._guard.limiter.idle(self)

    def abort(self) -> None:
        """Close the connection immediately."""
        self._transport.abort()

    def _wait(self, what: str) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(getattr(self._guard.timeouts, what), self._time_is_over, what)

    def _time_is_over(self, what: str) -> None:
        self._guard.limiter.closures[what] += 1
        self.abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Guard:
    """Outermost ASGI middleware, which reports the start and end of requests to their connections.

    It also refuses requests whose end another HTTP parser might interpret differently.
    """

    def __init__(self, app: ASGIApp, limiter: ConnectionLimiter, timeouts: Timeouts) -> None:
        self._app = app
        self.limiter = limiter
        self.timeouts = timeouts
        self._connections: dict[Peer | None, HttpProtocol] = {}

    def add(self, connection: HttpProtocol, peer: Peer) -> None:
        """Add a new connection."""
        self._connections[peer] = connection
        self.limiter.add(connection, peer[0])

    def remove(self, connection: HttpProtocol, peer: Peer) -> None:
        """Remove a connection."""
        self._connections.pop(peer, None)
        self.limiter.remove(connection)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = self._connections.get(scope["client"])
        if connection is None:
            # The connection was closed before its request was processed.
            return
        connection.request_started()
        try:
            if _is_invalid(scope):
                self.limiter.closures["bad"] += 1
                refusal = PlainTextResponse("Invalid HTTP request received.", 400, {"Connection": "close"})
                await refusal(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            connection.request_ended()


def server_config(
    app: Any,
    limiter: ConnectionLimiter,
    *,
    host: str,
    port: int,
    stop_grace_s: int = STOP_GRACE_S,
    timeouts: Timeouts | None = None,
) -> Config:
    """Return uvicorn's configuration for an application with limited connections."""
    guard = Guard(app, limiter, timeouts or Timeouts())

    def protocol(**options: Any) -> HttpProtocol:
        return HttpProtocol(H11Protocol(**options), guard)

    http: Any = protocol
    return Config(
        guard,
        host=host,
        port=port,
        http=http,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        # Logging each invalid request would let strangers fill the disk; such requests are counted instead.
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=stop_grace_s,
    )


def _is_invalid(scope: Scope) -> bool:
    """Return True if a request accepted by h11 is refused here.

    Refused are other HTTP versions, tunnels, and requests with two kinds of length, of which a proxy may use the other
    one (RFC 9112, section 6.3).
    """
    fields = [name for name, _ in scope["headers"]]
    two_lengths = b"content-length" in fields and b"transfer-encoding" in fields
    return two_lengths or scope["method"] == "CONNECT" or scope["http_version"] not in ("1.0", "1.1")
