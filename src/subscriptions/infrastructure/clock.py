"""Implementations of the Clock port, with the system's time or the sandbox's time."""

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
"""Timeout in seconds of a request that waits for a change of the clock. A server that supports waiting responds
immediately when its clock is moved. Between changes the time does not jump, so more frequent requests would only cost
resources on both sides.
"""


def _wall() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """Clock that starts from the machine's time and then counts monotonic seconds.

    The clock does not follow a jump of the machine's clock. `jump` reports the difference, until either the machine's
    clock is correct again or `set_right` corrects this clock.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, steady: Callable[[], float] = steady) -> None:
        """wall: function that returns the machine's time
        steady: function that returns monotonic seconds, which cannot be set and continue while the machine sleeps
        """
        self._wall, self._steady = wall, steady
        self._wall_time_at, self._wall_time = steady(), wall()
        self._latest = self._wall_time

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing; there is nothing to close."""

    def now(self) -> datetime:
        """Return the current time. It runs backwards only after a correction."""
        steady, wall = self._steady(), self._wall()
        moment = self._wall_time + timedelta(seconds=steady - self._wall_time_at)
        if abs(wall - moment) <= TOLERANCE:
            # Follow small corrections by a time server.
            self._wall_time_at, self._wall_time = steady, wall
            moment = wall
        self._latest = max(self._latest, moment)
        return self._latest

    def jump(self) -> timedelta:
        """Return the difference between the machine's clock and this clock: negative if the machine's clock is behind,
        zero within TOLERANCE.
        """
        duration = self._wall() - self.now()
        return duration if abs(duration) > TOLERANCE else timedelta()

    def set_right(self, moment: datetime) -> None:
        """Set this clock to a time, regardless of the machine's clock."""
        self._wall_time_at, self._wall_time = self._steady(), moment
        self._latest = moment

    async def confirm(self) -> datetime:
        """Return the current time without fetching it, because this clock has no external source that
        could confirm it.
        """
        return self.now()


class FollowingClock:
    """Clock that follows a clock served over HTTP as `{"now": "<ISO 8601>"}`, even if that clock is set back. The
    machine's own clock is not used.

    Entering the context (`async with`) starts following. The call waits for the first response, so that no process
    works with a wrong time, and raises InvalidInput("CLOCK_URL") if there is no response within 30 s.
    """

    def __init__(self, url: str, steady: Callable[[], float] = steady) -> None:
        """Create the clock. url: address of its source. Raises InvalidInput("CLOCK_URL") unless the address is on this
        machine, because the clock decides when access ends.
        """
        if not _is_loopback(url):
            raise InvalidInput("CLOCK_URL", "must be an http address on this machine, or left out")
        self._url = url
        self._steady = steady
        self._source_time_at, self._source_time = steady(), datetime.min.replace(tzinfo=UTC)
        self._offset: float | None = None
        self._latest = self._source_time
        # Plain HTTP on this machine needs no certificates; loading them takes longer than a request.
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
        """Stop following the source."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._client.aclose()

    def now(self) -> datetime:
        """Return the current time as last known. It runs backwards only if the source was set back."""
        moment = self._source_time + timedelta(seconds=self._steady() - self._source_time_at)
        self._latest = max(self._latest, moment) if self._latest - moment <= TOLERANCE else moment
        return self._latest

    def jump(self) -> timedelta | None:
        """Return None, because the source's clock is moved on purpose."""

    def set_right(self, moment: datetime) -> None:
        """Do nothing, because the source determines the time."""

    async def confirm(self) -> datetime:
        """Fetch the current time from the source. Return the last known time if the source does not respond."""
        await self._ask()
        return self.now()

    async def _ask(self, wait: float = 0) -> bool:
        """Fetch the time. Return True on success.

        wait: seconds for which the source may delay its response until its clock is moved, if the source supports
        waiting
        """
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
            # Not every source supports waiting, and the source may be unavailable.
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
