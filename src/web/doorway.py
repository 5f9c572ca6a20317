"""Connections with an end: a head, and a request with its answer, get so much time and room and no more.

uvicorn itself waits for ever for the end of a head, and its parser in C keeps whatever comes; h11 has a limit of size.
"""

import asyncio
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from web.hall import Hall

HEAD_BYTES: Final = 16 * 1024
"""Request line and header fields; providers' have three kilobytes at most."""
HEAD_S: Final = 10.0
STOP_GRACE_S: Final = 10
REST_S: Final = 130
"""Between two requests. Longer than proxies keep a connection that rests (nginx 60 s, Caddy 120 s), or they would write
a webhook into one that has just been closed. Who rests makes room where it is full (`web.hall`)."""
REQUEST_S: Final = 75.0
"""From the end of the head to the end of the answer: 30 s for the body (`web.body`), the rest for a provider that has
to be asked for the proof, or a visitor who reads slowly."""


AT_ONCE: Final = 8
"""Connections taken in within a turn of the loop: those that are open already wait for no crowd at the door."""


class Doorway(H11Protocol):
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
        self._timer: asyncio.TimerHandle | None = None
        self._host = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody came: their first head is awaited."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("connections are streams")
        super().connection_made(transport)
        self._give(self._head_s, "head")
        self._host = self.client[0] if self.client else ""
        self._hall.enter(self, self._host)

    def data_received(self, data: bytes) -> None:
        """The next head may begin."""
        if self.transport.is_closing():
            return
        if self._timer is None:
            self._give(self._head_s, "head")
        super().data_received(data)

    def handle_events(self) -> None:
        """uvicorn's; where a head is complete, its request begins."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.transport.is_closing():
            self._hall.serve(self)
            self._give(self._request_s, "request")

    def on_response_complete(self) -> None:
        """uvicorn's; then the connection rests until the next head, for which uvicorn has a limit of its own."""
        answered = self.cycle
        super().on_response_complete()
        if self.cycle is answered and not self.transport.is_closing():
            self._hall.wait(self)
            # A body that nobody read goes on being thrown away, within the time of its request.
            if self.conn.their_state is h11.IDLE:
                self._rest()

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

    def cut(self, why: str) -> None:
        """End it without an answer; `Hall.cut` counts it."""
        self._hall.cut[why] += 1
        if why == "head":
            self._hall.blame(self._host)
        self._rest()
        self._hall.leave(self)
        self.transport.abort()

    def _give(self, seconds: float, what: str) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, self.cut, what)

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
            h11_max_incomplete_event_size=HEAD_BYTES,
            timeout_keep_alive=REST_S,
            timeout_graceful_shutdown=stop_grace_s,
        )
        self.hall, self.head_s, self.request_s = hall, head_s, request_s
