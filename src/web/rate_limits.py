"""Limit of requests per second and address. Requests beyond it wait, except those with a valid proof of identity."""

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
"""Seconds of the rate that may be used at once, enough for a few pages with all of their files."""
LONGEST_S: Final = 10.0
"""Maximum seconds that a request waits; a longer wait is refused."""
REFUSED_COSTS: Final = 5.0
"""Cost of a refused request in requests, because checking a proof costs more than a page."""
SHARED_RATE: Final = 100
"""Requests per second, of all addresses together, that are served beyond their own rate. They are passed on one by one,
so that requests within their rate are not delayed by a burst.
"""
SLOWEST: Final = 5
"""Maximum factor by which that rate is reduced: a fiftieth of a processor."""
BUSY: Final = 0.25
"""Share of a processor above which requests beyond their rate are slowed down, so that they delay neither the other
work nor the database on the same machine.
"""
LOOK_S: Final = 0.5
"""Seconds between measurements of that share."""
MOST_ADDRESSES: Final = 20_000
"""Maximum tracked addresses, which take about three megabytes."""
PROVEN: Final = ("/webhooks/", "/api/")
"""Paths that require a signature or a key. Genuine requests never wait there: only refusals are delayed."""
SIGNED_IN: Final = "/app/"
"""Path that the Mini App's page requests with its proof. Refusals there are answered one by one, so that forged proofs
from many addresses, each within its rate, do not delay customers with a session.
"""
QUOTA_PREFIX: Final = "/api/"
"""Path under which answers state the address's remaining requests."""


class RateLimiter:
    """Schedule of each address's next request."""

    def __init__(self, per_second: float, clock: Callable[[], float] = monotonic, *, burst_s: float = BURST_S) -> None:
        """Create the limiter.

        clock: monotonic time in seconds. burst_s: seconds of the rate that may be used at once.
        """
        self._each = 1 / per_second
        self._clock = clock
        self._burst_s = burst_s
        self._bookings: dict[str, float] = {}

    def reserve(self, host: str, cost: float = 1) -> float | None:
        """Return the seconds until a request may proceed, and count it. Return None, without counting, if there are too
        many.
        """
        address, now = limit_key(host), self._clock()
        booked_until = max(self._bookings.pop(address, now), now)
        wait = max(0.0, booked_until - now - self._burst_s)
        # Moved to the end, so that the first addresses are those idle for the longest time.
        self._bookings[address] = booked_until if wait > LONGEST_S else booked_until + cost * self._each
        while len(self._bookings) > MOST_ADDRESSES:
            del self._bookings[next(iter(self._bookings))]
        return None if wait > LONGEST_S else wait

    def quota(self, host: str) -> tuple[int, int, int, int]:
        """Return an address's burst size, its seconds, the remaining requests, and the seconds until all are available
        again.
        """
        booked_ahead = max(0.0, self._bookings.get(limit_key(host), 0.0) - self._clock())
        requests_left = max(0, floor((self._burst_s - booked_ahead) / self._each))
        return round(self._burst_s / self._each), ceil(self._burst_s), requests_left, ceil(booked_ahead)

    def postpone(self, host: str, seconds: float) -> None:
        """Record that a request proceeds later, so that the wait does not count as a pause of its address."""
        resume_at = self._clock() + seconds + self._burst_s
        self._bookings[limit_key(host)] = max(self._bookings.pop(limit_key(host), 0.0), resume_at)


class OverloadLimiter:
    """Limiter of requests beyond their address's rate: SHARED_RATE per second, fewer while the process is busy."""

    def __init__(self, clock: Callable[[], float] = monotonic, work_time: Callable[[], float] = process_time) -> None:
        """Create the limiter. clock: monotonic time in seconds. work_time: processor seconds used by this process."""
        self._clock, self._work_time = clock, work_time
        self._rate = RateLimiter(SHARED_RATE, clock, burst_s=0)
        self._last_look = clock(), work_time()
        self._slower = 1.0

    def reserve(self) -> float:
        """Return the seconds until the next request may proceed, and count it."""
        now, last_look = self._clock(), self._last_look
        if now - last_look[0] >= LOOK_S:
            self._last_look = now, self._work_time()
            busy = (self._last_look[1] - last_look[1]) / (now - last_look[0]) > BUSY
            self._slower = min(SLOWEST, self._slower * 1.5) if busy else max(1.0, self._slower / 1.2)
        wait = self._rate.reserve("all of them", self._slower)
        return LONGEST_S if wait is None else wait


class RateLimitMiddleware:
    """ASGI middleware that delays requests beyond their address's rate, or refuses them with 429.

    On paths that require a proof, only refusals are delayed.
    """

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
        """Wait for the address's rate, then for the shared one. Return False if the request has to be refused."""
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
        """Add headers with the address's remaining requests, by draft-ietf-httpapi-ratelimit-headers."""
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
