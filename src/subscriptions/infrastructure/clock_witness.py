"""Independent source of the current time: the `Date` header of a web server's response (RFC 9110, 6.6.1)."""

import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
import structlog

log = structlog.get_logger(__name__)

ASK_EVERY_S: Final = 30.0
_TIMEOUT_SECONDS: Final = 5.0


class ClockWitness:
    """Client that reads the time from one web server, at most every 30 s. Only the `Date` header of the response is
    read.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._last_request: float | None = None

    async def __call__(self) -> datetime | None:
        """Return the web server's time, to the second; None if there is no response or the last request was less than
        30 s ago.
        """
        if self._last_request is not None and time.monotonic() - self._last_request < ASK_EVERY_S:
            return None
        self._last_request = time.monotonic()
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, verify=_anybody()) as client:
                answer = await client.head(self._url)
            told_at = parsedate_to_datetime(answer.headers["date"])
        except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError) as error:
            log.warning("nobody says what time it is", error=type(error).__name__)
            return None
        return told_at.astimezone(UTC)


def clock_witness(url: str) -> ClockWitness | None:
    """Create the client for an address; None for `off`."""
    return None if url == "off" else ClockWitness(url)


def _anybody() -> ssl.SSLContext:
    # With a very wrong clock, no certificate is valid, and exactly then the response is needed. Only the date is read:
    # a forged date merely differs from this machine's clock and causes doubt, during which no access ends.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
