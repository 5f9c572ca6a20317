"""`POST /webhooks/{provider}`: verify, store, and answer a webhook. One route serves every provider."""

from collections.abc import Mapping
from typing import Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from subscriptions.application.inbox.receive_webhook import ReceiveWebhook, UnknownProvider
from subscriptions.bootstrap.web import WEBHOOKS_REFUSED, count
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.payment_gateway import GatewayError, InvalidSignature, MalformedWebhook
from subscriptions.domain.tracing import stretch
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import ConcurrencyLimit

log = structlog.get_logger(__name__)

BODY_LIMIT: Final = 1024 * 1024
PROVIDER_SHOWN: Final = 40

_REFUSALS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    BodyTooLarge: (413, "too large"),
    BodyIncomplete: (400, "incomplete"),
    UnknownProvider: (404, "no such provider"),
    InvalidSignature: (400, "invalid signature"),
    MalformedWebhook: (400, "malformed"),
    # The webhook was not acknowledged, so the provider sends it again.
    RetryLater: (503, "try again"),
}


def webhooks_router(receive: ReceiveWebhook, bodies: BodyReader, concurrency: ConcurrencyLimit) -> APIRouter:
    """Return the webhook route. Its statuses are:

    - 200: stored, now or by an earlier request
    - 400: invalid signature or body
    - 404: unknown or disabled provider
    - 413: too large
    - 503: try again
    """
    router = APIRouter(include_in_schema=False)

    async def webhook(request: Request) -> JSONResponse:
        provider, remote = request.path_params["provider"], request.client.host if request.client else None
        with stretch("webhook"):
            try:
                async with bodies.read(request, BODY_LIMIT) as body, concurrency.slot():
                    is_stored = await receive(provider, dict(request.headers), body, remote)
            except tuple(_REFUSALS) as error:
                # Arbitrary text from a URL must not become a label of a metric, because labels are kept forever.
                return _refusal(error, provider, remote, provider if receive.knows(provider) else "unknown")
        return JSONResponse({"received": True, "new": is_stored})

    # Bypass FastAPI's parsing of parameters. The route has none, and forged webhooks may arrive by the thousand.
    router.add_route("/webhooks/{provider}", webhook, methods=["POST"])
    return router


def _refusal(error: Exception, provider: str, remote: str | None, count_as: str) -> JSONResponse:
    status, detail = next(answer for kind, answer in _REFUSALS.items() if isinstance(error, kind))
    provider_text = provider[:PROVIDER_SHOWN] if provider.isprintable() else "(unprintable)"
    reason = str(error) if isinstance(error, GatewayError) else None
    count(WEBHOOKS_REFUSED, count_as, str(status))
    log.warning("webhook refused", provider=provider_text, status=status, why=detail, reason=reason, remote=remote)
    return JSONResponse({"error": detail}, status)
