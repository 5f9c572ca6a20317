"""Client for an Umbral shop's posts over its HTTP API (`/api/picks`)."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

_TIMEOUT_S = 30


class PickRefused(Exception):
    """Error: the shop refused a request. `status`: HTTP status; a request with 503 may be retried. `detail`: reason."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail


class PickRouter:
    """Client of one shop, used as a context manager. A key identifies a post, so every call can be repeated safely.

    The methods return the post's id. They raise PickRefused, and httpx.TransportError if the shop cannot be reached.

    url: address of the shop's site
    api_key: `PICKS_API_KEY`, or a key with the ability `picks`
    """

    def __init__(self, url: str, api_key: str) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def __call__(self, key: str, plan: str, text: str, **fields: Any) -> str:
        """Publish a post in the chats of a plan. `fields`: further fields of the API, such as `publish_at`."""
        body = {"plan": plan, "text": text, **fields}
        return await self._send("POST", "/api/picks", body, {"Idempotency-Key": key})

    async def edit(self, key: str, text: str, **fields: Any) -> str:
        """Edit a post in every chat of its plan."""
        return await self._send("PUT", _path(key), {"text": text, **fields})

    async def withdraw(self, key: str) -> str:
        """Delete a post from every chat of its plan."""
        return await self._send("DELETE", _path(key))

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> str:
        response = await self._http.request(method, path, json=body, headers=headers)
        if response.is_error:
            raise PickRefused(response.status_code, response.text)
        return str(response.json()["id"])


def _path(key: str) -> str:
    return f"/api/picks/{quote(key, safe='')}"
