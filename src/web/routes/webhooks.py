"""`POST /webhooks/{provider}`: prove, store, answer. One route serves every provider there will ever be."""

from typing import Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from subscriptions.application.handlers.receive_webhook import ReceiveWebhook, UnknownProvider
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.payment_gateway import InvalidSignature, MalformedWebhook
from web.body import BodyIncomplete, BodyTooLarge, read_body

log = structlog.get_logger(__name__)

BODY_LIMIT: Final = 1024 * 1024


def webhooks_router(receive: ReceiveWebhook) -> APIRouter:
    """200 stored or known · 400 signature or body · 404 unknown or disabled · 413 too large · 503 try again."""
    router = APIRouter()

    @router.post("/webhooks/{provider}", include_in_schema=False)
    async def webhook(provider: str, request: Request) -> JSONResponse:
        remote = request.client.host if request.client else None
        try:
            body = await read_body(request, BODY_LIMIT)
            stored = await receive(provider, dict(request.headers), body, remote)
        except BodyTooLarge:
            return _refused(provider, 413, "too large", remote)
        except BodyIncomplete:
            return _refused(provider, 400, "incomplete", remote)
        except UnknownProvider:
            return _refused(provider, 404, "no such provider", remote)
        except InvalidSignature:
            return _refused(provider, 400, "invalid signature", remote)
        except MalformedWebhook:
            return _refused(provider, 400, "malformed", remote)
        except RetryLater:
            # The provider sends it again; nothing was acknowledged.
            return _refused(provider, 503, "try again", remote)
        return JSONResponse({"received": True, "new": stored})

    return router


def _refused(provider: str, status: int, why: str, remote: str | None) -> JSONResponse:
    shown = provider[:40] if provider.isprintable() else "(unprintable)"
    log.warning("webhook refused", provider=shown, status=status, why=why, remote=remote)
    return JSONResponse({"error": why}, status_code=status)
