"""Rate limits by client address, also for clients behind proxies, and limits for requests that share a result or wait
for each other.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from ipaddress import ip_network
from time import monotonic

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from subscriptions.domain.errors import RetryLater
from web.addresses import OWN_NETWORKS, Proxies, limit_key
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import OF_ONE, CachedRead, ConcurrencyLimit
from web.rate_limits import (
    BURST_S,
    BUSY,
    LONGEST_S,
    MOST_ADDRESSES,
    REFUSED_COSTS,
    SHARED_RATE,
    SLOWEST,
    OverloadLimiter,
    RateLimiter,
    RateLimitMiddleware,
)

PROXY, VISITOR = "10.0.0.1", "203.0.113.9"


class Watch:
    """Clock set by a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_burst_of_requests_passes_at_once_and_then_the_rate_applies() -> None:
    watch = Watch()
    limiter = RateLimiter(8, watch)
    burst = [limiter.reserve(VISITOR) for _ in range(round(BURST_S * 8) + 1)]
    assert set(burst) == {0.0}
    assert limiter.reserve(VISITOR) == pytest.approx(0.125)
    watch.now += 1
    assert limiter.reserve(VISITOR) == 0


def test_request_that_would_wait_too_long_is_refused_and_does_not_delay_later_requests() -> None:
    watch = Watch()
    limiter = RateLimiter(8, watch)
    taken = [limiter.reserve(VISITOR) for _ in range(500)]
    assert taken.count(None) == 500 - round((BURST_S + LONGEST_S) * 8) - 1
    watch.now += LONGEST_S + BURST_S
    assert limiter.reserve(VISITOR) == 0
    assert limiter.reserve("203.0.113.10") == 0


def test_number_of_remembered_addresses_is_limited() -> None:
    limiter = RateLimiter(10, Watch())
    for number in range(MOST_ADDRESSES + 10):
        limiter.reserve(f"address-{number}")
    assert len(limiter._bookings) == MOST_ADDRESSES


def test_ipv6_addresses_of_one_network_count_as_one() -> None:
    assert limit_key("2001:db8:1:2::1") == limit_key("2001:db8:1:2:ffff::9") != limit_key("2001:db8:1:3::1")
    assert limit_key("::ffff:203.0.113.9") == VISITOR
    assert limit_key("a socket") == "a socket"


def scope_of(peer: str, forwarded: str = "", path: str = "/") -> Scope:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return {"type": "http", "method": "GET", "path": path, "client": (peer, 1), "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "asking"),
    [
        (VISITOR, "", VISITOR),
        (VISITOR, "198.51.100.7", VISITOR),
        (PROXY, VISITOR, VISITOR),
        (PROXY, f"198.51.100.7, {VISITOR}, 10.0.0.2", VISITOR),
        (PROXY, f"<script>, {VISITOR}, nonsense", VISITOR),
        (PROXY, "", None),
        (PROXY, "nonsense", None),
        ("100.64.3.1", VISITOR, VISITOR),
        ("::ffff:10.0.0.1", VISITOR, VISITOR),
        ("fe80::1", VISITOR, VISITOR),
        ("127.0.0.1", "", None),
    ],
)
def test_only_trusted_proxies_may_state_the_client_address(peer: str, forwarded: str, asking: str | None) -> None:
    assert Proxies(OWN_NETWORKS).client_of(scope_of(peer, forwarded)) == asking


def test_only_the_configured_proxies_may_state_the_client_address() -> None:
    proxies = Proxies((ip_network("192.0.2.0/24"),))
    assert proxies.client_of(scope_of(PROXY, VISITOR)) == PROXY
    assert proxies.client_of(scope_of("192.0.2.7", VISITOR)) == VISITOR


@pytest.mark.parametrize(
    ("forwarded", "asking"),
    [
        (f"{VISITOR}, 198.51.100.7", VISITOR),
        (f"192.0.2.1, {VISITOR}, 198.51.100.7", VISITOR),
        ("198.51.100.7", "198.51.100.7"),
        ("", None),
    ],
    ids=["two proxies", "forged address before the proxies", "address behind the first proxy", "no address"],
)
def test_client_address_is_found_behind_two_proxies_of_which_one_is_public(forwarded: str, asking: str | None) -> None:
    assert Proxies(OWN_NETWORKS, hops=2).client_of(scope_of(PROXY, forwarded)) == asking


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    status = 401 if b"forged" in dict(scope["headers"]) else 200
    await PlainTextResponse(scope["client"][0], status)(scope, receive, send)


async def test_client_over_the_limit_gets_429_and_genuine_webhook_or_api_requests_never_wait() -> None:
    limiter = RateLimiter(10, Watch())
    limited = RateLimitMiddleware(app, limiter, Proxies((ip_network("192.0.2.1"),)))
    transport = httpx.ASGITransport(limited, client=(VISITOR, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://umbral") as client:
        assert (await client.get("/")).status_code == 200
        limiter.reserve(VISITOR, cost=10 * (BURST_S + LONGEST_S + 1))
        hurried = await client.get("/")
        assert (hurried.status_code, hurried.headers["retry-after"]) == (429, "10")
        for path in ("/webhooks/stripe", "/api/picks"):
            forged = asyncio.create_task(client.get(path, headers={"forged": "yes"}))
            await asyncio.sleep(0)
            assert (await client.get(path)).status_code == 200
            # The genuine request came later and was answered sooner.
            assert not (await asyncio.wait({forged}, timeout=0.05))[0]
            forged.cancel()
            await asyncio.wait({forged})
    proxied = httpx.ASGITransport(limited, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=proxied, base_url="http://umbral") as client:
        assert (await client.get("/", headers={"X-Forwarded-For": VISITOR})).status_code == 429
        assert (await client.get("/", headers={"X-Forwarded-For": "198.51.100.7"})).text == "198.51.100.7"
        # A proxy that does not name its client counts as all visitors.
        assert {(await client.get("/")).status_code for _ in range(200)} == {200}


async def test_forged_signatures_are_refused_without_delaying_genuine_visitors() -> None:
    limiter = RateLimiter(10, Watch())
    limited = RateLimitMiddleware(app, limiter, Proxies(), ("/app/",))
    async with AsyncExitStack() as stack:
        addresses = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(limited, client=(f"203.0.113.{number}", 1)), base_url="http://umbral"
                )
            )
            for number in range(SHARED_RATE + 1)
        ]
        # Each address is within its rate; together they ask for a second's worth of refusals at once.
        began = monotonic()
        flood = [asyncio.create_task(each.get("/app/screen", headers={"forged": "yes"})) for each in addresses]
        await asyncio.sleep(0)
        assert (await addresses[0].get("/app/screen")).status_code == 200
        refused, waiting = await asyncio.wait(flood, timeout=90, return_when=asyncio.FIRST_COMPLETED)
        assert refused
        assert waiting
        assert len(refused) <= SHARED_RATE * (monotonic() - began) + 1
        assert {task.result().status_code for task in refused} == {401}
        for task in flood:
            task.cancel()
        await asyncio.wait(flood)
    # A refusal counts as at the other endpoints that ask for a proof.
    assert limiter.quota("203.0.113.5")[2] == 10 * BURST_S - REFUSED_COSTS


async def test_delayed_requests_share_one_rate_across_addresses() -> None:
    loop, went = asyncio.get_running_loop(), list[float]()

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        went.append(loop.time())
        await app(scope, receive, send)

    limiter, crowd = RateLimiter(1000, Watch()), [f"203.0.113.{number}" for number in range(12)]
    limited = RateLimitMiddleware(noted, limiter, Proxies())

    async def ask(host: str) -> None:
        transport = httpx.ASGITransport(limited, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://umbral") as client:
            await client.get("/")

    for host in crowd:
        limiter.reserve(host, cost=1000 * BURST_S + 1)
    began = loop.time()
    await asyncio.gather(*map(ask, crowd))
    assert all(at >= began + index / SHARED_RATE for index, at in enumerate(went))
    assert len(went) == len(crowd)


def gone_in(overload: OverloadLimiter, watch: Watch, seconds: float) -> int:
    """Return the number of requests that are admitted in the given time if all arrive as fast as allowed."""
    until, gone = watch.now + seconds, 0
    while watch.now < until:
        watch.now += overload.reserve()
        gone += 1
    return gone


def test_shared_rate_of_delayed_requests_falls_while_the_process_is_busy() -> None:
    watch, share = Watch(), BUSY / 2
    overload = OverloadLimiter(watch, lambda: watch.now * share)
    assert gone_in(overload, watch, 10) == pytest.approx(10 * SHARED_RATE, abs=2)
    # The load changes at once, including the work measured until now.
    share = BUSY * 2
    gone_in(overload, watch, 10)
    assert gone_in(overload, watch, 10) == pytest.approx(10 * SHARED_RATE / SLOWEST, abs=2)
    share = BUSY / 2
    gone_in(overload, watch, 30)
    assert gone_in(overload, watch, 10) == pytest.approx(10 * SHARED_RATE, abs=2)


def test_time_spent_in_the_queue_does_not_refill_the_burst() -> None:
    watch = Watch()
    limiter = RateLimiter(5, watch)
    for _ in range(round(BURST_S * 5) + 1):
        limiter.reserve(VISITOR)
    assert limiter.reserve(VISITOR) == pytest.approx(0.2)
    limiter.postpone(VISITOR, 3)
    watch.now += 3
    assert limiter.reserve(VISITOR) == pytest.approx(0, abs=1e-6)
    assert limiter.reserve(VISITOR) == pytest.approx(0.2)
    # Two requests that wait at the same time have not waited twice as long, and a pause afterwards is counted.
    limiter.postpone(VISITOR, 0)
    limiter.postpone(VISITOR, 0)
    watch.now += 0.5
    assert limiter.reserve(VISITOR) == pytest.approx(0, abs=1e-6)


async def test_concurrent_reads_share_one_result_and_a_failure_is_not_cached() -> None:
    readings = 0
    fails = True

    async def read() -> int:
        nonlocal readings
        readings += 1
        await asyncio.sleep(0)
        if fails:
            raise RetryLater("not now")
        return readings

    shared = CachedRead(read, 60)
    refused = await asyncio.gather(*(shared() for _ in range(10)), return_exceptions=True)
    assert {type(answer) for answer in refused} == {RetryLater}
    assert readings == 1
    fails = False
    assert await asyncio.gather(*(shared() for _ in range(10))) == [2] * 10
    assert await shared() == 2
    anew = CachedRead(read, 0)
    assert [await anew(), await anew()] == [3, 4]


async def test_requests_of_one_user_do_not_block_other_users() -> None:
    limit, end = ConcurrencyLimit(2), asyncio.Event()

    async def ask(whose: str) -> str:
        async with limit.slot_of(whose):
            await end.wait()
        return whose

    crowd = [asyncio.create_task(ask("mallory")) for _ in range(OF_ONE + 6)]
    await asyncio.sleep(0)
    ana = asyncio.create_task(ask("ana"))
    await asyncio.sleep(0)
    assert sum(each.done() for each in crowd) == 6, "those beyond what one may have are refused at once"
    assert not ana.done()
    end.set()
    assert await ana == "ana"
    answers = await asyncio.gather(*crowd, return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, str)] == ["mallory"] * OF_ONE
    assert await ask("mallory") == "mallory"


async def test_slots_are_released_after_success_and_failure() -> None:
    limit, inside, most = ConcurrencyLimit(3), 0, 0

    async def work(fail: bool) -> None:
        nonlocal inside, most
        async with limit.slot():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            if fail:
                raise RetryLater("no")

    await asyncio.gather(*(work(number % 2 == 0) for number in range(20)), return_exceptions=True)
    assert (inside, most) == (0, 3)
    async with asyncio.timeout(90), limit.slot(), limit.slot(), limit.slot():
        pass


def sending(*chunks: bytes, ends: asyncio.Event | None = None) -> Request:
    """Return a request whose body arrives in chunks, the last of them once `ends` is set."""
    left = list(chunks)

    async def receive() -> Message:
        if len(left) == 1 and ends is not None:
            await ends.wait()
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_longest_running_upload_is_aborted_for_new_uploads() -> None:
    bodies, never = BodyReader(budget=100), asyncio.Event()

    async def taken(request: Request) -> bytes:
        async with bodies.read(request, 90) as body:
            return body

    slow = asyncio.create_task(taken(sending(b"s" * 60, b"s", ends=never)))
    await asyncio.sleep(0)
    assert await taken(sending(b"g" * 30, b"g" * 30)) == b"g" * 60
    with pytest.raises(BodyIncomplete):
        await slow
    with pytest.raises(BodyTooLarge):
        await taken(sending(b"x" * 91))
    assert bodies._held_bytes == 0
    assert await asyncio.gather(*(taken(sending(b"y" * 30)) for _ in range(20))) == [b"y" * 30] * 20
