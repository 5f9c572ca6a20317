"""Large documents that do not change while the process runs, served from memory."""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request, Response

_CACHE_CONTROL = "public, max-age=300"


@dataclass(frozen=True)
class _Encoded:
    plain: bytes
    compressed: bytes
    etag: str


class FixedDocument:
    """Document that is created in a thread on the first request and cached in plain and compressed form."""

    def __init__(self, make: Callable[[], str], media_type: str) -> None:
        """Create the document. make: function that returns the document's text; it is called once."""
        self._make, self._media_type = make, media_type
        self._lock = asyncio.Lock()
        self._encoded: _Encoded | None = None

    async def answer(self, request: Request) -> Response:
        """Return the document, compressed if the client accepts gzip, or 304 if the client's ETag is current (RFC
        9110).
        """
        encoded = await self._encode()
        headers = {"ETag": encoded.etag, "Cache-Control": _CACHE_CONTROL, "Vary": "Accept-Encoding"}
        if _names(request.headers.get("if-none-match", ""), encoded.etag):
            return Response(status_code=304, headers=headers)
        if _accepts_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            return Response(encoded.compressed, media_type=self._media_type, headers=headers)
        return Response(encoded.plain, media_type=self._media_type, headers=headers)

    async def _encode(self) -> _Encoded:
        async with self._lock:
            if self._encoded is None:
                self._encoded = await asyncio.to_thread(_encode, self._make)
            return self._encoded


def _encode(make: Callable[[], str]) -> _Encoded:
    plain = make().encode()
    # The ETag is weak because both encodings share it.
    return _Encoded(plain, gzip.compress(plain, mtime=0), f'W/"{sha256(plain).hexdigest()[:32]}"')


def _names(if_none_match: str, etag: str) -> bool:
    names = {name.strip().removeprefix("W/") for name in if_none_match.split(",")}
    return "*" in names or etag.removeprefix("W/") in names


def _accepts_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.partition(";")
        if name.strip() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
