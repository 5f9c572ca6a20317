"""How many requests a second one address may send. Whoever sends more waits; whoever proves who they are never does."""

import asyncio
from collections.abc import Callable
from math import ceil, floor
from time import monotonic, process_time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.addresses import Proxies, limit_key
from web.problems import refusal

log = structlog.get_logger(__name__)

BURST_S: Final = 8.0
"""So many seconds' worth of requests may come at once: a few pages with all their files."""
LONGEST_S: Final = 10.0
"""Whoever would wait longer is told to come back."""
REFUSED_COSTS: Final = 5.0
"""What a refusal counts for, in requests: to look at a proof costs more than a page."""
SHARED_RATE: Final = 100
"""Requests a second of all addresses beyond their rate, while there is time for them. They are let go one by one, so
that nobody within their rate finds a crowd of them before a turn of the loop."""
SLOWEST: Final = 5
"""How many times fewer at the worst: a fiftieth of a processor."""
BUSY: Final = 0.25
"""The share of a processor that this process may take before those beyond their rate are let go more slowly, so that
neither its other work nor the database beside it waits for them."""
LOOK_S: Final = 0.5
"""How often that is looked at."""
MOST_ADDRESSES: Final = 20_000
"""Addresses; some three megabytes."""
PROVEN: Final = ("/webhooks/", "/api/")
"""Behind these a signature or a key is asked for. Nothing genuine waits there: only refusals are held back."""
SIGNED_IN: Final = "/app/"
"""Behind this the Mini App's page asks with its proof. Whatever is refused there is answered one by one, so that who
sends forged proofs from many addresses, each within its rate, does not stand before those who are in."""
QUOTA_PREFIX: Final = "/api/"
"""Behind this a program is told what is left to its address."""


class RateLimiter:
    """When the next request of each address may go on."""

    def __init__(self, per_second: float, clock: Callable[[], float] = monotonic, *, burst_s: float = BURST_S) -> None:
        """clock: seconds that only go forward. burst_s: so many seconds' worth go at once."""
        self._each = 1 / per_second
        self._clock = clock
        self._burst_s = burst_s
        self._bookings: dict[str, float] = {}

    def reserve(self, host: str, cost: float = 1) -> float | None:
        """Return the seconds until a request may go on, which then counts; None where they are too many, and nothing
        counts."""
        address, now = limit_key(host), self._clock()
        booked_until = max(self._bookings.pop(address, now), now)
        wait = max(0.0, booked_until - now - self._burst_s)
        # Put back at the end: the first are those whose last request is longest ago.
        self._bookings[address] = booked_until if wait > LONGEST_S else booked_until + cost * self._each
        while len(self._bookings) > MOST_ADDRESSES:
            del self._bookings[next(iter(self._bookings))]
        return None if wait > LONGEST_S else wait

    def quota(self, host: str) -> tuple[int, int, int, int]:
        """Return how many requests one address may send at once, the seconds after which it may again, how many are
        left of them now, and the seconds until all are."""
        booked_ahead = max(0.0, self._bookings.get(limit_key(host), 0.0) - self._clock())
        requests_left = max(0, floor((self._burst_s - booked_ahead) / self._each))
        return round(self._burst_s / self._each), ceil(self._burst_s), requests_left, ceil(booked_ahead)

    def postpone(self, host: str, seconds: float) -> None:
        """Note that a request goes on only so much later, so that the time until then is no pause of its address."""
        resume_at = self._clock() + seconds + self._burst_s
        self._bookings[limit_key(host)] = max(self._bookings.pop(limit_key(host), 0.0), resume_at)


class OverloadLimiter:
    """Lets requests beyond their address's rate go one by one: SHARED_RATE a second, fewer while it is busy."""

    def __init__(self, clock: Callable[[], float] = monotonic, work_time: Callable[[], float] = process_time) -> None:
        """clock: seconds that only go forward. work_time: those of a processor that this process has taken."""
        self._clock, self._work_time = clock, work_time
        self._rate = RateLimiter(SHARED_RATE, clock, burst_s=0)
        self._last_look = clock(), work_time()
        self._slower = 1.0

    def reserve(self) -> float:
        """Return the seconds until the next one may go on, which then counts."""
        now, last_look = self._clock(), self._last_look
        if now - last_look[0] >= LOOK_S:
            self._last_look = now, self._work_time()
            busy = (self._last_look[1] - last_look[1]) / (now - last_look[0]) > BUSY
            self._slower = min(SLOWEST, self._slower * 1.5) if busy else max(1.0, self._slower / 1.2)
        wait = self._rate.reserve("all of them", self._slower)
        return LONGEST_S if wait is None else wait


class RateLimitMiddleware:
    """ASGI middleware: requests wait for their address's rate, or are refused with 429. Where a proof is asked for,
    only refusals wait."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter, proxies: Proxies) -> None:
        self._app = app
        self._limiter = limiter
        self._proxies = proxies
        self._overload, self._refusals = OverloadLimiter(), OverloadLimiter()
        self._has_logged = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = self._host(scope) if scope["type"] == "http" else None
        if host is None:
            await self._app(scope, receive, send)
        elif scope["path"].startswith(PROVEN):
            await self._app(scope, receive, self._refusing_slowly(host, self._with_quota(host, scope["path"], send)))
        elif await self._may_go_on(host):
            signed_in = scope["path"].startswith(SIGNED_IN)
            await self._app(scope, receive, self._refusing_in_turn(host, send) if signed_in else send)
        else:
            headers = {"Retry-After": str(round(LONGEST_S)), "Connection": "close"}
            await refusal(scope["path"], 429, "too many requests", headers)(scope, receive, send)

    async def _may_go_on(self, host: str, cost: float = 1) -> bool:
        """Wait for the address's rate, and then among all who are beyond theirs. Return False where it is to come back
        later."""
        wait = self._limiter.reserve(host, cost)
        if wait == 0:
            return True
        if wait is not None:
            await asyncio.sleep(wait)
        among_others = self._overload.reserve()
        self._limiter.postpone(host, among_others)
        await asyncio.sleep(among_others)
        return wait is not None

    def _with_quota(self, host: str, path: str, send: Send) -> Send:
        """Say what is left of the address's requests, as draft-ietf-httpapi-ratelimit-headers has it."""
        if not path.startswith(QUOTA_PREFIX):
            return send

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                quota, window, left_over, full_after = self._limiter.quota(host)
                policy, limit = f'"address";q={quota};w={window}', f'"address";r={left_over};t={full_after}'
                more = [(b"ratelimit-policy", policy.encode()), (b"ratelimit", limit.encode())]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        return send_on

    def _refusing_slowly(self, host: str, send: Send) -> Send:
        async def send_on(message: Message) -> None:
            refusal = message["type"] == "http.response.start" and 400 <= message["status"] < 500
            if refusal and not await self._may_go_on(host, REFUSED_COSTS):
                await asyncio.sleep(LONGEST_S)
            await send(message)

        return send_on

    def _refusing_in_turn(self, host: str, send: Send) -> Send:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                self._limiter.reserve(host, REFUSED_COSTS - 1)
                await asyncio.sleep(self._refusals.reserve())
            await send(message)

        return send_on

    def _host(self, scope: Scope) -> str | None:
        peer = scope["client"][0] if scope.get("client") else ""
        host = self._proxies.client_of(scope)
        if host is not None:
            scope["client"] = (host, 0)
        if host == peer and not self._has_logged and any(name == b"x-forwarded-for" for name, _ in scope["headers"]):
            self._has_logged = True
            log.error("a proxy that WEB_PROXIES does not name: its visitors share the limits of one", proxy=peer)
        return host
