"""The Clock port: the system's time, or the sandbox's."""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx
import structlog

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.clock import TOLERANCE
from subscriptions.infrastructure.steady import steady

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.2
FIRST_ANSWER_SECONDS: Final = 30.0
_TIMEOUT_SECONDS: Final = 2.0
_WAIT_SECONDS: Final = 10.0
"""A source that waits answers at once when it is moved; until then nothing is learned, and each question costs both."""


def _wall() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """This machine's time as it was read last, carried on by a steady count of seconds.

    Where the machine's clock jumps it is not followed: the count goes on, and the jump is told (`jump`) until the
    clock is right again, or somebody who knows the time says otherwise (`set_right`).
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, steady: Callable[[], float] = steady) -> None:
        """wall: the machine's time. steady: seconds that nobody can set, and that a machine's sleep counts too."""
        self._wall, self._steady = wall, steady
        self._wall_time_at, self._wall_time = steady(), wall()
        self._latest = self._wall_time

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def now(self) -> datetime:
        """The present moment; it goes back only where it is set right."""
        steady, wall = self._steady(), self._wall()
        moment = self._wall_time + timedelta(seconds=steady - self._wall_time_at)
        if abs(wall - moment) <= TOLERANCE:
            # What a time server corrects little by little is followed.
            self._wall_time_at, self._wall_time = steady, wall
            moment = wall
        self._latest = max(self._latest, moment)
        return self._latest

    def jump(self) -> timedelta:
        """How far the machine's clock is ahead of the time kept here (negative: behind); nothing within TOLERANCE."""
        duration = self._wall() - self.now()
        return duration if abs(duration) > TOLERANCE else timedelta()

    def set_right(self, moment: datetime) -> None:
        """Go on from here, whatever the machine's clock says."""
        self._wall_time_at, self._wall_time = self._steady(), moment
        self._latest = moment

    async def confirm(self) -> datetime:
        """The same: there is no other source."""
        return self.now()


class FollowingClock:
    """Follows a clock served over HTTP as `{"now": "<ISO 8601>"}`, wherever that goes; its own machine's is not asked.

    Open it (`async with`) to follow; the first answer is awaited, so that no process ever works by a wrong
    time; InvalidInput("CLOCK_URL") where none comes in 30 s.
    """

    def __init__(self, url: str, steady: Callable[[], float] = steady) -> None:
        """url: on this machine, else InvalidInput("CLOCK_URL"): whoever serves time decides when access ends."""
        if not _is_loopback(url):
            raise InvalidInput("CLOCK_URL", "must be an http address on this machine, or left out")
        self._url = url
        self._steady = steady
        self._source_time_at, self._source_time = steady(), datetime.min.replace(tzinfo=UTC)
        self._offset: float | None = None
        self._latest = self._source_time
        # Plain HTTP on this machine, so no certificate is trusted: reading them takes longer than asking.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.AsyncClient(trust_env=False, verify=nobody)
        self._task: asyncio.Task[None] | None = None
        self._reachable = True

    async def __aenter__(self) -> Self:
        try:
            await self._wait_for_first_answer()
        except BaseException:
            await self._client.aclose()
            raise
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._client.aclose()

    def now(self) -> datetime:
        """The present moment as last known; it goes back only where its source was set back."""
        moment = self._source_time + timedelta(seconds=self._steady() - self._source_time_at)
        self._latest = max(self._latest, moment) if self._latest - moment <= TOLERANCE else moment
        return self._latest

    def jump(self) -> timedelta | None:
        """None: its source is moved on purpose."""

    def set_right(self, moment: datetime) -> None:
        """Nothing: its source says what is right."""

    async def confirm(self) -> datetime:
        """The present moment, asked at the source; what is known already when the source is silent."""
        await self._ask()
        return self.now()

    async def _ask(self, wait: float = 0) -> bool:
        """wait: seconds in which a source that knows how to answers only if its clock is moved."""
        offsets = {"offset_s": self._offset, "wait_s": wait} if wait and self._offset is not None else {}
        try:
            answer = await self._client.get(self._url, params=offsets, timeout=wait + _TIMEOUT_SECONDS)
            answer.raise_for_status()
            body = answer.json()
            told_at = datetime.fromisoformat(body["now"])
            self._source_time_at, self._source_time, self._offset = self._steady(), told_at, body.get("offset_s")
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            if self._reachable:
                log.warning("clock not reachable, going on by its last time", error=type(error).__name__)
            self._reachable = False
            return False
        self._reachable = True
        return True

    async def _wait_for_first_answer(self) -> None:
        try:
            async with asyncio.timeout(FIRST_ANSWER_SECONDS):
                while True:
                    if await self._ask():
                        return
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise InvalidInput("CLOCK_URL", f"nothing at {self._url} tells the time") from None

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            time = loop.time()
            await self._ask(_WAIT_SECONDS)
            # Not every source waits; and it may be away.
            await asyncio.sleep(max(0.0, time + POLL_SECONDS - loop.time()))


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme != "http" or host is None:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
