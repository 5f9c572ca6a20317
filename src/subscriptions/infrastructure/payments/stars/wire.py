"""HTTP client of the Bot API. It limits the duration of calls and raises no other errors than GatewayErrors."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

import httpx

from subscriptions.domain.ports.payment_gateway import GatewayUnavailable
from subscriptions.infrastructure.payments.stars.errors import BAD_REQUEST, PROVIDER, refusal, unreadable
from subscriptions.infrastructure.payments.stars.settings import StarsSettings

TIMEOUT_SECONDS: Final = 10.0
DEADLINE_SECONDS: Final = 20.0
"""Maximum duration in seconds of a call including reading its answer, because a customer may be waiting."""
ANSWER_LIMIT: Final = 4 * 1024 * 1024


class Wire:
    """Client with a connection pool. It uses httpx's transport directly, because httpx's client would log URLs, which
    contain the bot's token.
    """

    def __init__(self, settings: StarsSettings) -> None:
        self._base = f"{settings.api_base}/bot{settings.token.get_secret_value()}"
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def call(self, method: str, **parameters: object) -> Any:
        """Call a method and return its `result`. Raises GatewayRejected if Telegram refuses the call, and
        GatewayUnavailable if it gives no usable answer.
        """
        request = httpx.Request(
            "POST",
            f"{self._base}/{method}",
            json=parameters,
            extensions={"timeout": httpx.Timeout(TIMEOUT_SECONDS).as_dict()},
        )
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                status, body = await self._exchange(request)
        except TimeoutError:
            raise GatewayUnavailable(PROVIDER, f"{method}: no answer within {DEADLINE_SECONDS:.0f} s") from None
        except httpx.HTTPError as error:
            raise GatewayUnavailable(PROVIDER, f"{method}: {type(error).__name__}") from None
        answer = _parse(method, status, body)
        if answer.get("ok") is not True:
            raise refusal(method, status, answer)
        return answer.get("result")

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        if self._transport is None:
            # Created on first use, because loading the system's certificates takes a while and most processes make no
            # call.
            self._transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=10))
        response = await self._transport.handle_async_request(request)
        try:
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > ANSWER_LIMIT:
                    raise httpx.DecodingError("too long an answer")
        finally:
            await response.aclose()
        return response.status_code, body

    async def aclose(self) -> None:
        """Close the connections."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()


def _parse(method: str, status: int, body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        # The method may or may not have been carried out.
        if status < BAD_REQUEST:
            raise unreadable(method, "JSON object")
        # The answer may be a proxy's page.
        raise GatewayUnavailable(PROVIDER, f"{method}: HTTP {status} with an answer that is no JSON object")
    return answer
