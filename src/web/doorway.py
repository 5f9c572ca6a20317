"""Connections with an end: a head, and a request with its answer, get so much time and room and no more.

The parser, httptools, keeps whatever comes until a head is whole, and uvicorn waits for ever for that. So it is fed in
pieces, and after each piece it must have understood something.
"""

import asyncio
from socket import SO_RCVBUF, SOL_SOCKET
from typing import Any, Final

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from web.hall import HELD_S, Hall

HEAD_BYTES: Final = 16 * 1024
"""Request line and header fields; providers' have three kilobytes at most. Also what ends a body sent in chunks."""
HEAD_S: Final = 10.0
STOP_GRACE_S: Final = 10
REST_S: Final = 130
"""Between two requests. Longer than proxies keep a connection that rests (nginx 60 s, Caddy 120 s), or they would write
a webhook into one that has just been closed. Who rests makes room where it is full (`web.hall`)."""
REQUEST_S: Final = 75.0
"""From the end of the head to the end of the answer: 30 s for the body (`web.body`), the rest for a provider that has
to be asked for the proof, or a visitor who reads slowly."""


AT_ONCE: Final = 2
"""Connections taken in within a turn of the loop: those that are open already wait for no crowd at the door, and what
it asks comes no faster either."""


AHEAD: Final = 8
"""Requests that may be sent before those before them are answered; browsers and providers send none."""


class Gathered(asyncio.Transport):
    """A transport that sends what is written first, an answer's head, with what follows at once, its body: each sending
    wakes who waits, and who is woken takes the processor.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """With what follows in this turn of the loop, or without."""
        self._parts.append(bytes(data))
        if len(self._parts) > 1:
            self._send()
        else:
            self._loop.call_soon(self._send)

    def close(self) -> None:
        """After what was written."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """At once."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is over."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Let the other side wait."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Where it leads."""
        return self._transport.get_extra_info(name, default)

    def _send(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.write(b"".join(parts))


class Doorway(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        if not isinstance(config, DoorwayConfig):
            raise TypeError("a Doorway takes a DoorwayConfig")
        self._hall, self._head_s, self._request_s = config.hall, config.head_s, config.request_s
        self._held_s = config.held_s
        self._timer: asyncio.TimerHandle | None = None
        self._host = ""
        self._unheard = 0
        """Bytes since the parser last said what it found."""
        self._within = ""
        """What has begun and has no end yet: a head, or the rest of a request."""
        self._plain = b""
        """The head that is to be read again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody came: their first head is awaited."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("connections are streams")
        super().connection_made(Gathered(transport, self.loop))
        self._give(self._head_s, "head")
        self._host = self.client[0] if self.client else ""
        self._hall.enter(self, self._host)

    def data_received(self, data: bytes) -> None:
        """The next head may begin."""
        for start in range(0, len(data), HEAD_BYTES):
            if self.transport.is_closing():
                return
            if self._timer is None:
                self._give(self._head_s, "head")
            piece = data[start : start + HEAD_BYTES]
            self._unheard += len(piece)
            self._unset_keepalive_if_required()
            try:
                self._feed(piece)
            except HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
            if self._unheard > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("Too long.")

    def _feed(self, piece: bytes) -> None:
        """To the parser. At a head that proposes another protocol it stops, and would take what follows, its body, for
        the next request: nothing else is spoken here, so the head is read again without the proposal (RFC 9110 §7.8).
        """
        while piece:
            try:
                self.parser.feed_data(piece)
                return
            except HttpParserUpgrade as proposal:
                piece, self._plain = self._plain + piece[proposal.args[0] :], b""

    def on_message_begin(self) -> None:
        """A head begins."""
        self._within = "head"
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """uvicorn's, for a request of HTTP/1.1 (RFC 9112 §3.2). What is raised is answered as no request."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and self.parser.get_http_version() != "1.0"):
            raise ValueError("not one Host")
        if len(self.pipeline) == AHEAD:
            raise ValueError("too far ahead")
        if self.parser.should_upgrade():
            self._plain = self._head_without_proposal()
            return
        self._unheard, self._within = 0, "request"
        super().on_headers_complete()
        # What may follow a body is none of the request's headers.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Some of it came."""
        self._unheard = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it came."""
        if self._plain:
            return
        self._unheard, self._within = 0, ""
        super().on_message_complete()

    def _head_without_proposal(self) -> bytes:
        if self.parser.get_method() == b"CONNECT":
            raise ValueError("no proxy")
        first = b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        fields = [b"%b: %b" % field for field in self.headers if field[0] != b"upgrade"]
        return b"\r\n".join((first, *fields, b"", b""))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._hall.serve(self)
        self._give(self._request_s, "request")
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """uvicorn's; then the connection rests until the next head, for which uvicorn has a limit of its own."""
        rests = not self.pipeline
        super().on_response_complete()
        if rests and not self.transport.is_closing():
            self._hall.wait(self)
            # A body that nobody read goes on being thrown away, within the time of its request.
            if self._within != "request":
                self._rest()
            if self._within == "head":
                self._give(self._head_s, "head")

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._rest()
        self._hall.leave(self)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """uvicorn's answer to what is no request, or none of a size."""
        self._hall.cut["bad"] += 1
        self._hall.blame(self._host)
        super().send_400_response(msg)

    def cut(self) -> None:
        """End it without an answer."""
        self._rest()
        self._hall.leave(self)
        self.transport.abort()

    def hold(self, seconds: float) -> None:
        """Read nothing of it for so long. The system keeps what comes, of each as much as a head may have."""
        self.flow.pause_reading()
        wire = self.transport.get_extra_info("socket")
        if wire is not None:
            wire.setsockopt(SOL_SOCKET, SO_RCVBUF, HEAD_BYTES)
        self._rest()
        self._timer = self.loop.call_later(min(seconds, self._held_s), self._go_on)

    def _go_on(self) -> None:
        """It has been held long enough. A head that had begun has no end any more."""
        if self._within or not self._hall.forgives(self, self._host):
            self.cut()
            return
        self._give(self._head_s, "head")
        self.flow.resume_reading()

    def _late(self, what: str) -> None:
        if what == "head":
            self._hall.tire(self, self._host, began=self._within == "head")
        else:
            self._hall.cut[what] += 1
            self.cut()

    def _give(self, seconds: float, what: str) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, self._late, what)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class DoorwayConfig(Config):
    """uvicorn's settings for an app behind such doorways."""

    def __init__(
        self,
        app: Any,
        hall: Hall,
        *,
        host: str,
        port: int,
        stop_grace_s: int = STOP_GRACE_S,
        head_s: float = HEAD_S,
        request_s: float = REQUEST_S,
        held_s: float = HELD_S,
    ) -> None:
        super().__init__(
            app,
            host=host,
            port=port,
            http=Doorway,
            # Nothing here speaks it, and it would leave the doorway behind.
            ws="none",
            lifespan="off",
            log_config=None,
            # A line for each request that is none would be a stranger's way to fill the disk; `Hall.cut` counts them.
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            # To asyncio that is how many it accepts in a turn, too; `web.serving` lets more wait.
            backlog=AT_ONCE,
            timeout_keep_alive=REST_S,
            timeout_graceful_shutdown=stop_grace_s,
        )
        self.hall, self.head_s, self.request_s, self.held_s = hall, head_s, request_s, held_s
