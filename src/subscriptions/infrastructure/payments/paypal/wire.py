"""HTTP client of PayPal. It caches the access token, limits the duration of calls, and raises no other errors than
GatewayErrors.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import httpx

from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.payments.paypal.errors import (
    Refusal,
    decode,
    gateway_error,
    unreachable,
    unreadable,
)
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings
from subscriptions.infrastructure.providers.reader import Node

_MARGIN = timedelta(seconds=60)
_LONGEST = timedelta(hours=9)

TIMEOUT: Final = httpx.Timeout(15.0, connect=5.0)
DEADLINE_SECONDS: Final = 25.0
"""Maximum duration in seconds of one call including its retries, because a customer may be waiting."""

Json = Mapping[str, Any]

_JSON: Final = "application/json"
_IDS: Final = UUID("3c9d0a4e-6a0c-5b0c-9d55-2f6a4d0b7f10")
_BROKEN_OFF: Final = (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)


class TokenKeeper:
    """Cache of one access token. `ask`: function that fetches a new token; its errors are raised to the caller."""

    def __init__(self, ask: Callable[[], Awaitable[Node]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._token: str | None = None
        self._expires_at: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    async def get(self) -> str:
        """Return a valid access token. Errors of `ask` are raised unchanged."""
        token = self._present()
        if token is not None:
            return token
        async with self._one_at_a_time:
            return self._present() or await self._renew()

    def drop(self, token: str) -> None:
        """Discard a token that PayPal no longer accepts. If another call has fetched a newer token meanwhile, that
        token is kept.
        """
        if self._token == token:
            self._token = None

    def _present(self) -> str | None:
        fresh = self._expires_at is not None and self._clock.now() < self._expires_at
        return self._token if fresh else None

    async def _renew(self) -> str:
        asked_at = self._clock.now()
        answer = await self._ask()
        # A token may be longer than the texts that `text` accepts.
        token, seconds = answer.at("access_token").value, answer.count("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token or not seconds:
            raise unreadable("access token")
        self._token = token
        self._expires_at = asked_at + min(timedelta(seconds=seconds), _LONGEST) - _MARGIN
        return token


class Wire:
    """Client with a connection pool, which must be closed with `aclose`. `http`: the underlying client, for requests
    without the access token.
    """

    def __init__(self, settings: PayPalSettings, clock: Clock, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._base = settings.api_base
        self._clock = clock
        self.http = _client(settings, timeout)
        self._credentials = httpx.BasicAuth(
            settings.client_id.get_secret_value(), settings.client_secret.get_secret_value()
        )
        self.tokens = TokenKeeper(self._ask_token, clock)

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Node:
        """Return the object at a path. Raises Refusal if PayPal refuses the request, and other gateway errors if it
        gives no usable answer.
        """
        return await self._call(self.http.build_request("GET", self._base + path, params=params), repeatable=True)

    async def find(self, path: str, params: Mapping[str, str] | None = None) -> Node | None:
        """Return the object at a path, or None if it does not exist."""
        try:
            return await self.get(path, params)
        except Refusal as error:
            if error.status == 404:
                return None
            raise

    async def post(self, path: str, body: Json | bytes, *, request_id: str | None = None) -> Node:
        """Send a POST request and return the answer, or a Node of None if the answer is empty. Raises Refusal if PayPal
        refuses the request, and other gateway errors if it gives no usable answer.

        body: JSON, or bytes that are sent unchanged
        request_id: idempotency key
        """
        headers = {"Content-Type": _JSON, "Prefer": "return=representation"}
        if request_id is not None:
            headers["PayPal-Request-Id"] = short_id(request_id)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = self.http.build_request("POST", self._base + path, content=content, headers=headers)
        return await self._call(request, repeatable=request_id is not None)

    async def post_parts(self, path: str, parts: Mapping[str, tuple[str | None, bytes, str]]) -> Node:
        """Send a multipart form once and return the answer. `parts`: file name, content and content type, keyed by
        field.

        Raises Refusal if PayPal refuses the request, and other gateway errors if it gives no usable answer.
        """
        return await self._call(self.http.build_request("POST", self._base + path, files=parts), repeatable=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def _call(self, request: httpx.Request, *, repeatable: bool) -> Node:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await self._authorize(request, repeatable)
        except (httpx.HTTPError, TimeoutError) as error:
            raise unreachable(error) from None

    async def _authorize(self, request: httpx.Request, repeatable: bool) -> Node:
        """Send the request with the access token. If PayPal no longer accepts the token, repeat the request once with a
        new token.
        """
        token = await self.tokens.get()
        response = await self._send(request, token, repeatable)
        if response.status_code == 401:
            self.tokens.drop(token)
            response = await self._send(request, await self.tokens.get(), repeatable)
        return self._parse(response)

    async def _send(self, request: httpx.Request, token: str, repeatable: bool) -> httpx.Response:
        request.headers["Authorization"] = f"Bearer {token}"
        try:
            return await self.http.send(request)
        except _BROKEN_OFF:
            # The server may have closed a kept-alive connection. Requests that are safe to repeat are sent once more.
            if not repeatable:
                raise
            return await self.http.send(request)

    async def _ask_token(self) -> Node:
        form = {"grant_type": "client_credentials"}
        response = await self.http.post(
            f"{self._base}/v1/oauth2/token", data=form, auth=self._credentials, headers={"Accept": _JSON}
        )
        return self._parse(response)

    def _parse(self, response: httpx.Response) -> Node:
        if not response.is_success:
            retry_after = response.headers.get("retry-after", "")
            raise gateway_error(response.status_code, decode(response.content), retry_after, self._clock.now())
        if response.status_code == 204 or not response.content:
            return Node(None)
        body = decode(response.content)
        if not body.is_object:
            raise unreadable("JSON object")
        return body


def _client(settings: PayPalSettings, timeout: httpx.Timeout) -> httpx.AsyncClient:
    if not settings.api_base.startswith("https://"):
        # Connections to this machine are not encrypted, so no certificate authorities are loaded; loading them takes a
        # while.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False, verify=nobody)
    # A proxy in the environment applies to other machines, never to this one.
    return httpx.AsyncClient(timeout=timeout, trust_env=not settings.loopback, follow_redirects=False)


def short_id(key: str) -> str:
    """Return a request id that is derived from our key and short enough for PayPal's oldest calls."""
    return str(uuid5(_IDS, key))
