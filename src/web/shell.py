"""Security headers of every response, and the handling of unexpected errors without revealing internals."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

YEAR_S: Final = 365 * 24 * 3600
NEVER_NEEDED: Final = ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
_LOOPBACK: Final = ("127.0.0.1", "localhost")


def secure_headers(base_url: str) -> Mapping[str, str]:
    """Return the security headers of every response. A site on loopback may be framed by pages on loopback, because the
    demo shows checkouts in a frame.
    """
    parts = urlsplit(base_url)
    ancestors = loopback_ancestors(base_url) or "'none'"
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": ancestors,
    }
    hsts = {"Strict-Transport-Security": f"max-age={YEAR_S}"} if parts.scheme == "https" else {}
    return {
        **hsts,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{ability}=()" for ability in NEVER_NEEDED),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
    }


def loopback_ancestors(base_url: str) -> str:
    """Return the loopback addresses that may frame a page, for a site on this machine; empty for any other site."""
    local = urlsplit(base_url).hostname in _LOOPBACK
    return " ".join(f"http://{name}:*" for name in _LOOPBACK) if local else ""


class Shell:
    """ASGI middleware that adds security headers and handles unexpected errors."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str], fault: Callable[[Request], Response]) -> None:
        """Create the middleware. fault: function that returns the response to an unexpected error."""
        self._app, self._fault = app, fault
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_on(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                names = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in self._headers if each[0] not in names)]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            log.info("the client went away", method=scope["method"], path=_path(scope))
        except Exception:  # Any error is logged once and never shown to the visitor.
            log.exception("request failed", method=scope["method"], path=_path(scope))
            if has_started:
                raise
            await self._fault(Request(scope))(scope, receive, send_on)


def _path(scope: Scope) -> str:
    # The path remains percent-encoded, so that it cannot start a new line in the log.
    return bytes(scope.get("raw_path") or b"").decode("latin-1")
