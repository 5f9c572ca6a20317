"""A bearer key before everything under a path: without it nothing is routed, parsed or told."""

import hmac
from typing import Final

import structlog
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

WANTED: Final = "send Authorization: Bearer with the picks key"


class BearerGate:
    """ASGI middleware. key: None keeps the door shut for everybody."""

    def __init__(self, app: ASGIApp, prefix: str, key: str | None) -> None:
        self._app = app
        self._prefix = prefix
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and scope["path"].startswith(self._prefix)
        if not guarded or self._opens(Headers(scope=scope).get("authorization", "")):
            await self._app(scope, receive, send)
            return
        # Not the key: it may be a right one with a slip. Who goes on is slowed by `web.pace`.
        given = bool(Headers(scope=scope).get("authorization"))
        remote = scope["client"][0] if scope.get("client") else None
        log.warning("api key refused", remote=remote, method=scope["method"], given=given)
        refusal = JSONResponse({"error": WANTED}, 401, {"WWW-Authenticate": "Bearer"})
        await refusal(scope, receive, send)

    def _opens(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        if not self._key or scheme.lower() != "bearer":
            return False
        # Header values are bytes that were decoded as Latin-1.
        return hmac.compare_digest(given.strip().encode("latin-1"), self._key.encode())
