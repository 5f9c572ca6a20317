"""The Clock port: the system's time, or the sandbox's."""

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx
import structlog

from subscriptions.domain.errors import InvalidInput

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.2
FIRST_ANSWER_SECONDS: Final = 30.0
_TIMEOUT_SECONDS: Final = 2.0
_WAIT_SECONDS: Final = 1.0


class SystemClock:
    """This machine's time, held where it was when the machine's clock is set back."""

    def __init__(self) -> None:
        self._latest = datetime.now(UTC)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def now(self) -> datetime:
        """The present moment."""
        self._latest = max(self._latest, datetime.now(UTC))
        return self._latest

    async def confirm(self) -> datetime:
        """The same: there is no other source."""
        return self.now()


class FollowingClock:
    """Follows a clock served over HTTP as `{"now": "<ISO 8601>"}`: wall time plus the difference seen last.

    Open it (`async with`) to follow; the first answer is awaited, so that no process ever works by a wrong
    time; InvalidInput("CLOCK_URL") where none comes in 30 s.
    """

    def __init__(self, url: str) -> None:
        """url: on this machine, else InvalidInput("CLOCK_URL"): whoever serves time decides when access ends."""
        if not _is_loopback(url):
            raise InvalidInput("CLOCK_URL", "must be an http address on this machine, or left out")
        self._url = url
        self._ahead = timedelta()
        self._offset: float | None = None
        self._latest = datetime.min.replace(tzinfo=UTC)
        # Plain HTTP on this machine, so no certificate is trusted: reading them takes longer than asking.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False, verify=nobody)
        self._following: asyncio.Task[None] | None = None
        self._reachable = True

    async def __aenter__(self) -> Self:
        try:
            await self._wait_for_first_answer()
        except BaseException:
            await self._client.aclose()
            raise
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})
        await self._client.aclose()

    def now(self) -> datetime:
        """The present moment as last known; it never runs backwards."""
        self._latest = max(self._latest, datetime.now(UTC) + self._ahead)
        return self._latest

    async def confirm(self) -> datetime:
        """The present moment, asked at the source; what is known already when the source is silent."""
        await self._ask()
        return self.now()

    async def _ask(self, wait: float = 0) -> bool:
        """wait: seconds in which a source that knows how to answers only if its clock is moved."""
        known = {"offset_s": self._offset, "wait_s": wait} if wait and self._offset is not None else {}
        try:
            answer = await self._client.get(self._url, params=known)
            answer.raise_for_status()
            body = answer.json()
            told = datetime.fromisoformat(body["now"])
            self._ahead, self._offset = told - datetime.now(UTC), body.get("offset_s")
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
            asked = loop.time()
            await self._ask(_WAIT_SECONDS)
            # Not every source waits; and it may be away.
            await asyncio.sleep(max(0.0, asked + POLL_SECONDS - loop.time()))


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
