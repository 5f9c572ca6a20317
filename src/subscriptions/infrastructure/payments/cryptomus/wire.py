"""HTTP client of Cryptomus. It signs requests, limits their duration, and raises no other errors than GatewayErrors."""

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
"""Maximum duration in seconds of one call including its retry, because a customer may be waiting."""

ATTEMPTS: Final = 2
"""Maximum number of attempts per call. Retrying is safe, because an order id creates only one object and all other
calls read or cancel.
"""

_NAMELESS: Final = frozenset([NOT_FOUND, "uuid", "order_id"])
"""Error codes of refusals that mean that the object does not or cannot exist."""


class Wire:
    """Client with a connection pool, which must be closed with `aclose`."""

    def __init__(self, settings: CryptomusSettings) -> None:
        self._settings = settings
        self._http = _client(settings)

    async def call(self, path: str, params: dict[str, Any]) -> Node:
        """Send a signed request and return the `result` of the answer. Raises GatewayRejected if Cryptomus refuses the
        request, and GatewayUnavailable if it gives no usable answer.

        The sent bytes are exactly the signed bytes.
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
        """Send a signed request and return the `result` of the answer, or None if the object does not exist."""
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
    """Return the JSON object of the answer; an empty object for anything else, such as a proxy's HTML page."""
    try:
        value = php_json.parse(answer.content.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _client(settings: CryptomusSettings) -> httpx.AsyncClient:
    if settings.api_base.startswith("https://"):
        return httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
    # Connections to this machine are not encrypted, so no certificate authorities are loaded; loading them takes a
    # while.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=nobody)
