"""Rate limit of requests per address. Requests beyond the limit wait, except requests with a valid proof
of identity.
"""

import asyncio
from collections.abc import Callable, Sequence
from math import ceil, floor
from time import monotonic, process_time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.addresses import Proxies, limit_key
from web.problems import refusal

log = structlog.get_logger(__name__)

BURST_S: Final = 8.0
"""Seconds' worth of requests that an address may send at once, enough for a few pages with all of their files."""
LONGEST_S: Final = 10.0
"""Maximum time in seconds that a request waits; a request that would have to wait longer is refused."""
REFUSED_COSTS: Final = 5.0
"""Number of requests that a refused request counts as, because checking a proof costs more than rendering a page."""
SHARED_RATE: Final = 100
"""Requests per second, of all addresses together, that are served beyond the addresses' own rates. They are served one
by one, so that a burst does not delay requests within their rate.
"""
SLOWEST: Final = 5
"""Maximum factor by which SHARED_RATE is reduced while the process is busy. At the reduced rate, the requests use a
fiftieth of a processor.
"""
BUSY: Final = 0.25
"""Share of a processor above which requests beyond their rate are slowed down, so that they delay neither other work
nor the database on the same machine.
"""
LOOK_S: Final = 0.5
"""Seconds between measurements of the processor share."""
MOST_ADDRESSES: Final = 20_000
"""Maximum number of tracked addresses, which take about three megabytes."""
PROVEN: Final = ("/webhooks/", "/api/")
"""Path prefixes that require a signature or an API key. Genuine requests never wait there, because only refusals are
delayed.
"""
QUOTA_PREFIX: Final = "/api/"
"""Path prefix under which responses state the address's remaining requests."""


class RateLimiter:
    """Rate limiter, which schedules the next request of each address."""

    def __init__(self, per_second: float, clock: Callable[[], float] = monotonic, *, burst_s: float = BURST_S) -> None:
        """Create the limiter.

        per_second: permitted requests per second. clock: monotonic time in seconds. burst_s: seconds' worth of requests
        that may be sent at once.
        """
        self._each = 1 / per_second
        self._clock = clock
        self._burst_s = burst_s
        self._bookings: dict[str, float] = {}

    def reserve(self, host: str, cost: float = 1) -> float | None:
        """Count a request and return the seconds until it may proceed. If the wait would be too long, return None
        without counting the request.
        """
        address, now = limit_key(host), self._clock()
        booked_until = max(self._bookings.pop(address, now), now)
        wait = max(0.0, booked_until - now - self._burst_s)
        # Move the address to the end, so that the first addresses are those that have been idle for the longest time.
        self._bookings[address] = booked_until if wait > LONGEST_S else booked_until + cost * self._each
        while len(self._bookings) > MOST_ADDRESSES:
            del self._bookings[next(iter(self._bookings))]
        return None if wait > LONGEST_S else wait

    def quota(self, host: str) -> tuple[int, int, int, int]:
        """Return an address's burst size, the burst's window in seconds, the remaining requests, and the seconds until
        the full burst is available again.
        """
        booked_ahead = max(0.0, self._bookings.get(limit_key(host), 0.0) - self._clock())
        requests_left = max(0, floor((self._burst_s - booked_ahead) / self._each))
        return round(self._burst_s / self._each), ceil(self._burst_s), requests_left, ceil(booked_ahead)

    def postpone(self, host: str, seconds: float) -> None:
        """Record that a request proceeds later, so that its wait does not restore the address's burst."""
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
        """Count a request and return the seconds until it may proceed."""
        now, last_look = self._clock(), self._last_look
        if now - last_look[0] >= LOOK_S:
            self._last_look = now, self._work_time()
            busy = (self._last_look[1] - last_look[1]) / (now - last_look[0]) > BUSY
            self._slower = min(SLOWEST, self._slower * 1.5) if busy else max(1.0, self._slower / 1.2)
        wait = self._rate.reserve("all of them", self._slower)
        return LONGEST_S if wait is None else wait


class RateLimitMiddleware:
    """ASGI middleware that delays requests beyond their address's rate, or refuses them with 429.

    On paths that require a proof of identity, only refusals are delayed.
    """

    def __init__(self, app: ASGIApp, limiter: RateLimiter, proxies: Proxies, signed_in: Sequence[str] = ()) -> None:
        """Create the middleware.

        signed_in: path prefixes of requests that carry a proof of a customer's identity. Refusals of such requests are
        answered one by one, so that forged proofs from many addresses, each within its rate, do not delay customers
        with a session.
        """
        self._app = app
        self._signed_in = tuple(signed_in)
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
            signed_in = scope["path"].startswith(self._signed_in)
            await self._app(scope, receive, self._refusing_in_turn(host, send) if signed_in else send)
        else:
            headers = {"Retry-After": str(round(LONGEST_S)), "Connection": "close"}
            await refusal(scope["path"], 429, "too many requests", headers)(scope, receive, send)

    async def _may_go_on(self, host: str, cost: float = 1) -> bool:
        """Wait until the address's own limit and the shared limit permit the request. Return False if the request must
        be refused.
        """
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
        """Return a `send` that adds headers with the address's remaining requests
        (draft-ietf-httpapi-ratelimit-headers).
        """
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
