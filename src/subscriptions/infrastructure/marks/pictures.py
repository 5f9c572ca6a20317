"""Pictures of picks by numpy and Pillow, beside the event loop."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import httpx

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.infrastructure.marks.copies import Original, prepared
from subscriptions.infrastructure.marks.reading import Leak

FETCHED_WITHIN_S: Final = 15.0
FETCHED_AT_MOST: Final = 10 * 1024 * 1024
"""Telegram takes no larger photo: core.telegram.org/bots/api#sending-files."""

_ORIGINALS_KEPT: Final = 4


class MarkedPictures:
    """See the port `PickPictures`."""

    def __init__(self) -> None:
        self._original = lru_cache(_ORIGINALS_KEPT)(Original)

    async def fetch(self, url: str) -> bytes:
        """See the port. What leads nowhere now may lead somewhere later; what is refused is refused for good."""
        try:
            async with asyncio.timeout(FETCHED_WITHIN_S):
                return await asyncio.to_thread(prepared, await _downloaded(url))
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL) as error:
            raise Permanent("the pick's photo_url leads nowhere") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise RetryLater("the pick's photo_url does not answer") from error

    async def marked(self, original: bytes, seed: bytes) -> bytes:
        """See the port."""
        return await asyncio.to_thread(lambda: self._original(original).copy(seed))

    async def open(self, leak: bytes) -> "OpenedLeak":
        """See the port."""
        return OpenedLeak(await asyncio.to_thread(Leak, leak))


class OpenedLeak:
    """See the port `LeakedPicture`."""

    def __init__(self, leak: Leak) -> None:
        self._leak = leak

    async def likeness(self, original: bytes) -> float:
        """See the port."""
        return await asyncio.to_thread(self._leak.likeness, original)

    async def correlations(self, original: bytes, seeds: Sequence[bytes]) -> Sequence[float] | None:
        """See the port."""
        return await asyncio.to_thread(self._leak.correlations, original, seeds)


async def _downloaded(url: str) -> bytes:
    got = bytearray()
    async with httpx.AsyncClient(follow_redirects=True) as client, client.stream("GET", url) as answer:
        if answer.is_server_error:
            raise RetryLater(f"the pick's photo_url answers {answer.status_code}")
        if not answer.is_success:
            raise Permanent(f"the pick's photo_url answers {answer.status_code}")
        async for part in answer.aiter_bytes():
            got += part
            if len(got) > FETCHED_AT_MOST:
                raise Permanent("what the pick's photo_url leads to is larger than Telegram takes, 10 MB")
    return bytes(got)
