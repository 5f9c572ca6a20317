"""Adapter that watermarks pictures and reads their watermarks with numpy and Pillow. The work is done in threads,
outside the event loop.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from features.marks.adapters.copies import Original, prepare
from features.marks.adapters.reading import Leak
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.infrastructure.outgoing.addresses import Addresses, AddressRefused

FETCHED_WITHIN_S: Final = 15.0
FETCHED_AT_MOST: Final = 10 * 1024 * 1024
"""Maximum size of a photo at Telegram, in bytes: core.telegram.org/bots/api#sending-files."""

_ORIGINALS_KEPT: Final = 4
_REDIRECTS: Final = 5


class MarkedPictures:
    """Implementation of `PickPictures` with numpy and Pillow."""

    def __init__(self, addresses: Addresses) -> None:
        """Create the adapter. addresses: validator of the addresses from which pictures may be fetched."""
        self._addresses = addresses
        self._original = lru_cache(_ORIGINALS_KEPT)(Original)

    async def fetch(self, url: str) -> bytes:
        """Implements `PickPictures.fetch`. An unreachable address is retried; a refused address fails permanently."""
        try:
            async with asyncio.timeout(FETCHED_WITHIN_S):
                return await asyncio.to_thread(prepare, await self._download(url))
        except AddressRefused as error:
            raise Permanent("the pick's photo_url leads to a private address; WEBHOOK_NETWORKS names yours") from error
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL, ValueError) as error:
            raise Permanent("the pick's photo_url leads nowhere") from error
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise RetryLater("the pick's photo_url does not answer") from error

    async def _download(self, url: str) -> bytes:
        """Download the picture. Each address of a redirect is resolved, checked and requested separately, so that a
        picture's URL cannot reach internal services.
        """
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(_REDIRECTS + 1):
                if urlsplit(url).scheme not in {"http", "https"}:
                    raise httpx.UnsupportedProtocol(url)
                pinned_url = await self._addresses.pin(url)
                host, name = {"host": pinned_url.host}, {"sni_hostname": pinned_url.name}
                async with client.stream("GET", pinned_url.url, headers=host, extensions=name) as answer:
                    if not answer.is_redirect:
                        return await _body(answer)
                    url = urljoin(url, answer.headers.get("location", ""))
        raise httpx.TooManyRedirects("too many redirects")

    async def mark_copy(self, original: bytes, seed: bytes) -> bytes:
        """Implements `PickPictures.mark_copy`."""
        return await asyncio.to_thread(lambda: self._original(original).copy(seed))

    async def open(self, leak: bytes) -> "OpenedLeak":
        """Implements `PickPictures.open`."""
        return OpenedLeak(await asyncio.to_thread(Leak, leak))


@dataclass(frozen=True)
class OpenedLeak:
    """Implementation of `LeakedPicture` with numpy and Pillow."""

    leak: Leak

    async def likeness(self, original: bytes) -> float:
        """Implements `LeakedPicture.likeness`."""
        return await asyncio.to_thread(self.leak.likeness, original)

    async def correlations(self, original: bytes, seeds: Sequence[bytes]) -> Sequence[float] | None:
        """Implements `LeakedPicture.correlations`."""
        return await asyncio.to_thread(self.leak.correlations, original, seeds)


async def _body(answer: httpx.Response) -> bytes:
    if answer.is_server_error:
        raise RetryLater(f"the pick's photo_url answers {answer.status_code}")
    if not answer.is_success:
        raise Permanent(f"the pick's photo_url answers {answer.status_code}")
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > FETCHED_AT_MOST:
            raise Permanent("what the pick's photo_url leads to is larger than Telegram takes, 10 MB")
    return bytes(body)
