"""uvicorn's HTTP protocol with a time limit for every wait.

uvicorn parses requests with h11, which limits the size of a request head and refuses ambiguous requests. uvicorn has no
time limit for a request head, for a whole request, or for a response that the client does not read. This module wraps
uvicorn's protocol to add those limits, using only asyncio's public interface.
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
from web.connections import ConnectionLimiter, queue_size

HEAD_BYTES: Final = 16 * 1024
"""Maximum size in bytes of the request line and header fields, and of the end of a chunked body. Payment providers send
at most three kilobytes.
"""
IDLE_S: Final = 130
"""Maximum time in seconds between two requests on a connection. It is longer than proxies keep an idle connection
(nginx 60 s, Caddy 120 s), so that a proxy does not send a webhook over a connection that was just closed.
"""
STOP_GRACE_S: Final = 10

Peer = tuple[str, int]


@dataclass(frozen=True)
class Timeouts:
    """Time limits in seconds.

    head: from the start of a connection, or from the first byte of a later request, to the end of the request head.
    request: from the end of the head to the end of the response. It includes 30 s for the body (`web.body`); the
    remaining time allows for a provider that has to verify a webhook, or for a visitor who reads slowly.
    """

    head: float = 10.0
    request: float = 75.0


class HttpProtocol(asyncio.Protocol):
    """One client connection with its time limits."""

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
        """Start the time limit for the first request head."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("connections are streams")
        self._transport = transport
        self._http.connection_made(CoalescingTransport(transport, self._loop))
        peer = transport.get_extra_info("peername")
        if peer is None:
            # The client has already disconnected.
            self.abort()
            return
        self._peer = peer[:2]
        self._wait("head")
        self._guard.add(self, self._peer)

    def data_received(self, data: bytes) -> None:
        """Pass received data to uvicorn. Data received between two requests starts the time limit for the next request
        head.
        """
        if not self._requests and self._timer is None:
            self._wait("head")
        try:
            self._http.data_received(data)
        except ProtocolError:
            # uvicorn cannot report an invalid request after the previous response has started.
            self._transport.abort()
        if self._transport.is_closing() and not self._requests:
            self._guard.limiter.closures["bad"] += 1

    def eof_received(self) -> bool | None:
        """Notify uvicorn that the client has finished sending."""
        return self._http.eof_received()

    def pause_writing(self) -> None:
        """Notify uvicorn that the client reads too slowly."""
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """Notify uvicorn that the client has caught up."""
        self._http.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer and remove the closed connection."""
        self._stop_timer()
        if self._peer is not None:
            self._guard.remove(self, self._peer)
        self._http.connection_lost(exc)

    def request_started(self) -> None:
        """Record that a request head is complete and the request is being served."""
        self._requests += 1
        self._wait("request")
        self._guard.limiter.busy(self)

    def request_ended(self) -> None:
        """Record that the response is written. Further data, including an unread part of the body, is subject to the
        time limit of a request head.
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

    It also refuses requests whose length another HTTP parser might interpret differently.
    """

    def __init__(self, app: ASGIApp, limiter: ConnectionLimiter, timeouts: Timeouts) -> None:
        self._app = app
        self.limiter = limiter
        self.timeouts = timeouts
        self._connections: dict[Peer | None, HttpProtocol] = {}

    def add(self, connection: HttpProtocol, peer: Peer) -> None:
        """Register a new connection and apply the limits."""
        self._connections[peer] = connection
        self.limiter.add(connection, peer[0])

    def remove(self, connection: HttpProtocol, peer: Peer) -> None:
        """Remove a closed connection."""
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
    """Return uvicorn's configuration for an application, with limits on the number and duration of connections."""
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
        # Logging every invalid request would allow attackers to fill the disk, so such requests are only counted.
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        backlog=queue_size(),
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=stop_grace_s,
    )


def _is_invalid(scope: Scope) -> bool:
    """Return True if a request that h11 accepts must be refused.

    Refused are other HTTP versions, tunnels, and requests with both kinds of length field, because a proxy may use a
    different one than h11 (RFC 9112, section 6.3).
    """
    fields = [name for name, _ in scope["headers"]]
    two_lengths = b"content-length" in fields and b"transfer-encoding" in fields
    return two_lengths or scope["method"] == "CONNECT" or scope["http_version"] not in ("1.0", "1.1")
