"""How fast one address may go on: whoever hurries waits, and whoever proves who they are never does."""

import asyncio
from collections.abc import Callable
from time import monotonic, process_time
from typing import Final

import structlog
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.addresses import Proxies, counted

log = structlog.get_logger(__name__)

BURST_S: Final = 8.0
"""So many seconds' worth of requests may come at once: a few pages with all their files."""
LONGEST_S: Final = 10.0
"""Whoever would wait longer is told to come back."""
REFUSED_COSTS: Final = 5.0
"""What a refusal counts for, in requests: proofs cost us more than pages."""
TOGETHER: Final = 100
"""Requests a second of all who hurry, from however many addresses, while there is time for them. They go on one by one,
so whoever does not hurry never finds a crowd of them before a turn of the loop."""
SLOWEST: Final = 5
"""How many times fewer at the worst: a fiftieth of a processor."""
BUSY: Final = 0.25
"""The share of a processor that this process may take before those who hurry go on more slowly. What it does for others
does not wait for them then, nor does the database beside it."""
LOOK_S: Final = 0.5
"""How often that is looked at."""
REMEMBERED: Final = 20_000
"""Addresses; some three megabytes."""
PROVEN: Final = ("/webhooks/", "/api/")
"""Behind these a signature or a key is asked for. Nothing genuine waits there: only refusals are held back."""


class Pace:
    """When the next request of each address has its turn."""

    def __init__(self, per_second: float, now: Callable[[], float] = monotonic, *, burst_s: float = BURST_S) -> None:
        """now: seconds that only go forward. burst_s: so many seconds' worth go at once."""
        self._each = 1 / per_second
        self._now = now
        self._burst_s = burst_s
        self._booked: dict[str, float] = {}

    def wait(self, host: str, cost: float = 1) -> float | None:
        """Seconds until its turn, which is then taken; None where that is too far away, and nothing is taken."""
        address, now = counted(host), self._now()
        booked = max(self._booked.pop(address, now), now)
        wait = max(0.0, booked - now - self._burst_s)
        # Put back at the end: the first are those who were here longest ago.
        self._booked[address] = booked if wait > LONGEST_S else booked + cost * self._each
        while len(self._booked) > REMEMBERED:
            del self._booked[next(iter(self._booked))]
        return None if wait > LONGEST_S else wait

    def stand(self, host: str, seconds: float) -> None:
        """It is let go only so much later: in that time it has not paused."""
        self._booked[counted(host)] = max(self._booked.pop(counted(host), 0.0), self._now() + seconds + self._burst_s)

    def behind(self, host: str) -> float:
        """Seconds until its next request would not be refused."""
        return max(0.0, self._booked.get(counted(host), 0.0) - self._now() - self._burst_s - LONGEST_S)


class Turnstile:
    """Lets go on one by one: as many a second as TOGETHER says, fewer while this process is busy."""

    def __init__(self, now: Callable[[], float] = monotonic, worked: Callable[[], float] = process_time) -> None:
        """now: seconds that only go forward. worked: those of a processor that this process has taken."""
        self._now, self._worked = now, worked
        self._pace = Pace(TOGETHER, now, burst_s=0)
        self._looked = now(), worked()
        self._slower = 1.0

    def wait(self) -> float:
        """Seconds until the next one's turn, which is then taken."""
        now, before = self._now(), self._looked
        if now - before[0] >= LOOK_S:
            self._looked = now, self._worked()
            busy = (self._looked[1] - before[1]) / (now - before[0]) > BUSY
            self._slower = min(SLOWEST, self._slower * 1.5) if busy else max(1.0, self._slower / 1.2)
        wait = self._pace.wait("all of them", self._slower)
        return LONGEST_S if wait is None else wait


class Paced:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, pace: Pace, proxies: Proxies) -> None:
        self._app = app
        self._pace = pace
        self._proxies = proxies
        self._turnstile = Turnstile()
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = self._host(scope) if scope["type"] == "http" else None
        if host is None:
            await self._app(scope, receive, send)
        elif scope["path"].startswith(PROVEN):
            await self._app(scope, receive, self._refusing_slowly(host, send))
        elif await self._has_turn(host):
            await self._app(scope, receive, send)
        else:
            headers = {"Retry-After": str(round(LONGEST_S)), "Connection": "close"}
            await JSONResponse({"error": "too many requests"}, 429, headers)(scope, receive, send)

    async def _has_turn(self, host: str, cost: float = 1) -> bool:
        """Wait until it is this address's turn, and then that of one of those who have to wait. False: come back."""
        wait = self._pace.wait(host, cost)
        if wait == 0:
            return True
        if wait is not None:
            await asyncio.sleep(wait)
        among = self._turnstile.wait()
        # Or waiting among the others would make it one who does not hurry.
        self._pace.stand(host, among)
        await asyncio.sleep(among)
        return wait is not None

    def _refusing_slowly(self, host: str, send: Send) -> Send:
        async def send_on(message: Message) -> None:
            refusal = message["type"] == "http.response.start" and 400 <= message["status"] < 500
            if refusal and not await self._has_turn(host, REFUSED_COSTS):
                await asyncio.sleep(LONGEST_S)
            await send(message)

        return send_on

    def _host(self, scope: Scope) -> str | None:
        peer = scope["client"][0] if scope.get("client") else ""
        host = self._proxies.asking(scope)
        if host is not None:
            scope["client"] = (host, 0)
        if host == peer and not self._told and any(name == b"x-forwarded-for" for name, _ in scope["headers"]):
            self._told = True
            log.error("a proxy that WEB_PROXIES does not name: its visitors share the limits of one", proxy=peer)
        return host
