"""The product's clock, which follows a clock server on the same machine or the system clock and never goes back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.clock import TOLERANCE
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from tests.fakes.clock import Machine


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the timeout of two seconds, which a pause of a busy machine can exceed."""
    monkeypatch.setattr("subscriptions.infrastructure.clock._TIMEOUT_SECONDS", 90)


class Source:
    """Time server whose clock is `ahead` of this machine's clock and which does not respond while `silent`."""

    def __init__(self) -> None:
        self.ahead = timedelta(days=30)
        self.silent = False
        self.url = ""
        self.asked: list[float] = []
        """For each request, the number of seconds that its answer may be delayed."""
        self.moved: asyncio.Event | None = None
        """If set, a delayed answer waits for this event."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        wait = float(dict(parse_qsl(urlsplit(asked).query)).get("wait_s", 0))
        self.asked.append(wait)
        if wait and self.moved is not None:
            await self.moved.wait()
        if not self.silent:
            body = json.dumps({"now": (datetime.now(UTC) + self.ahead).isoformat(), "offset_s": 1}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def serving() -> AsyncIterator[Source]:
    source = Source()
    server = await asyncio.start_server(source.answer, "127.0.0.1", 0)
    source.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/control/clock"
    async with server:
        yield source


def near(moment: datetime, ahead: timedelta) -> bool:
    return abs(moment - datetime.now(UTC) - ahead) < timedelta(minutes=5)


async def until(came_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while True:
            if came_true():
                break
            await asyncio.sleep(0.01)


async def test_clock_follows_its_configured_source() -> None:
    async with serving() as source, FollowingClock(source.url) as clock:
        assert near(clock.now(), timedelta(days=30))
        source.ahead = timedelta(days=60)
        await until(lambda: near(clock.now(), timedelta(days=60)))


async def test_clock_source_with_long_polling_is_queried_rarely_and_followed_at_once() -> None:
    async with serving() as source:
        source.moved = asyncio.Event()
        async with FollowingClock(source.url) as clock:
            await until(lambda: len(source.asked) == 2)
            assert source.asked == [0, 10]
            source.ahead = timedelta(days=60)
            source.moved.set()
            await until(lambda: near(clock.now(), timedelta(days=60)))


async def test_confirming_the_time_queries_the_clock_source_at_once() -> None:
    async with serving() as source, FollowingClock(source.url) as clock:
        source.ahead = timedelta(days=90)
        assert near(await clock.confirm(), timedelta(days=90))


async def test_small_steps_back_do_not_turn_the_clock_back() -> None:
    async with serving() as source, FollowingClock(source.url) as clock:
        before = clock.now()
        source.ahead -= TOLERANCE / 2
        assert await clock.confirm() >= before
        assert clock.now() >= before


async def test_wrong_time_of_the_clock_source_is_corrected_with_the_source() -> None:
    async with serving() as source, FollowingClock(source.url) as clock:
        source.ahead += timedelta(days=40)
        assert near(await clock.confirm(), timedelta(days=70))
        source.ahead -= timedelta(days=40)
        assert near(await clock.confirm(), timedelta(days=30))


async def test_clock_with_a_silent_source_does_not_follow_the_machine_clock() -> None:
    async with serving() as source, FollowingClock(source.url, steady=lambda: 7.0) as clock:
        source.silent = True
        first = clock.now()
        assert near(first, timedelta(days=30))
        assert clock.now() == first


async def test_clock_continues_while_its_source_is_unreachable() -> None:
    async with serving() as source, FollowingClock(source.url) as clock:
        source.silent = True
        before = clock.now()
        assert near(await clock.confirm(), timedelta(days=30))
        assert clock.now() > before


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/clock",
        "http://10.0.0.1/",
        "https://127.0.0.1/",
        "127.0.0.1:80",
        "",
        "http://[",
        "ftp://localhost/",
    ],
)
def test_clock_url_of_another_machine_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="CLOCK_URL"):
        FollowingClock(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://localhost:1/x", "http://[::1]:1/x"])
def test_loopback_clock_url_is_accepted(url: str) -> None:
    FollowingClock(url)


async def test_system_clock_is_aware_and_moves_forward() -> None:
    async with SystemClock() as clock:
        first = clock.now()
        assert first.tzinfo is UTC
        assert await clock.confirm() >= first


@pytest.mark.parametrize("ahead", [timedelta(days=40), timedelta(hours=-1)], ids=["40 days ahead", "an hour back"])
def test_clock_jump_is_reported_and_ignored_until_the_clock_is_correct(ahead: timedelta) -> None:
    machine = Machine()
    clock = machine.clock()
    right = machine.wall()
    machine.ahead = ahead
    machine.passed += 8
    assert clock.now() == right + timedelta(seconds=8)
    assert clock.jump() == ahead
    machine.ahead = timedelta()
    machine.passed += 1
    assert clock.now() == machine.wall()
    assert not clock.jump()


def test_small_forward_corrections_of_the_machine_clock_are_followed() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(10):
        machine.ahead += TOLERANCE / 2
        machine.passed += 60
        assert clock.now() == machine.wall()
    before = machine.wall()
    machine.ahead -= TOLERANCE / 2
    assert clock.now() == before, "it stands still rather than run back"
    assert not clock.jump()


def test_clock_with_a_wrong_start_time_reports_a_jump_and_is_corrected() -> None:
    machine = Machine()
    machine.ahead = timedelta(days=40)
    clock = machine.clock()
    machine.ahead = timedelta()
    assert clock.jump() == timedelta(days=-40)
    clock.set_right(machine.wall())
    assert clock.now() == machine.wall()
    assert not clock.jump()


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="this system does not count a machine's sleep")
def test_standby_of_the_machine_is_not_reported_as_a_clock_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    clock = SystemClock(machine.wall)
    machine.passed += 8 * 3600
    woken = time.clock_gettime(time.CLOCK_BOOTTIME) + 8 * 3600
    monkeypatch.setattr(time, "clock_gettime", lambda _: woken)
    assert not clock.jump()
    assert clock.now() == machine.wall()
