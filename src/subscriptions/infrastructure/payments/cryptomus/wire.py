"""HTTP client of Cryptomus: signed requests with time limits, which only raise the port's errors."""

import asyncio
import ssl
from typing import Any, Final

import httpx

from subscriptions.domain.ports.payment_gateway import GatewayError, GatewayRejected, GatewayUnavailable
from subscriptions.infrastructure.payments.cryptomus import php_json
from subscriptions.infrastructure.payments.cryptomus.errors import NOT_FOUND, PROVIDER, refusal, unreadable
from subscriptions.infrastructure.payments.cryptomus.settings import CryptomusSettings
from subscriptions.infrastructure.payments.cryptomus.verify import signature
from subscriptions.infrastructure.providers.reader import Node

TIMEOUT_SECONDS: Final = 10.0
DEADLINE_SECONDS: Final = 25.0
"""Maximum seconds of one call, including its retry: a customer may be waiting."""

ATTEMPTS: Final = 2
"""Maximum attempts of a call. Retries are safe, because an order id creates one object and other calls read or cancel.
"""

_NAMELESS: Final = frozenset([NOT_FOUND, "uuid", "order_id"])
"""Error codes of refusals because an object does not or cannot exist."""


class Wire:
    """Client with a connection pool, which has to be closed."""

    def __init__(self, settings: CryptomusSettings) -> None:
        self._settings = settings
        self._http = _client(settings)

    async def call(self, path: str, params: dict[str, Any]) -> Node:
        """Return the `result` of a call. Raises GatewayRejected and GatewayUnavailable.

        The bytes sent are exactly the bytes signed.
        """
        body = php_json.dump_plain(params)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                for _ in range(ATTEMPTS - 1):
                    try:
                        return await self._post_once(path, body)
                    except GatewayUnavailable as failure:
                        if failure.delay is not None:
                            raise
                return await self._post_once(path, body)
        except TimeoutError:
            raise GatewayUnavailable(PROVIDER, f"no answer within {DEADLINE_SECONDS:.0f} s") from None

    async def find(self, path: str, params: dict[str, Any]) -> Node | None:
        """Return the `result` of a call, or None if the object does not exist."""
        try:
            return await self.call(path, params)
        except GatewayRejected as error:
            if error.code in _NAMELESS:
                return None
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _post_once(self, path: str, body: bytes) -> Node:
        headers = {
            "merchant": self._settings.merchant_id,
            "sign": signature(body, self._settings.api_key),
            "content-type": "application/json",
        }
        try:
            answer = await self._http.post(f"{self._settings.api_base}{path}", content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise GatewayUnavailable(PROVIDER, f"cannot be reached ({type(error).__name__})") from None
        return _result(answer)


def _result(answer: httpx.Response) -> Node:
    content = _content(answer)
    if not answer.is_success or content.get("state") != "0":
        raise _failure(answer, content)
    result = content.get("result")
    if not isinstance(result, dict):
        raise unreadable("object")
    return Node(result)


def _failure(answer: httpx.Response, content: dict[str, Any]) -> GatewayError:
    if answer.is_success and "state" not in content:
        return unreadable("answer of Cryptomus")
    return refusal(answer.status_code, content, answer.headers.get("retry-after"))


def _content(answer: httpx.Response) -> dict[str, Any]:
    """Return the answer's JSON object, or an empty one for anything else, such as a proxy's HTML page."""
    try:
        value = php_json.parse(answer.content.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _client(settings: CryptomusSettings) -> httpx.AsyncClient:
    if settings.api_base.startswith("https://"):
        return httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
    # Loopback connections are not encrypted, so no authority is loaded, which takes a while.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=nobody)
