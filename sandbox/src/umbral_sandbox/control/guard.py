"""Guards that restrict the control interface to this machine and the sandbox's own page, and clean up invalid text."""

import ipaddress
import json

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from umbral_sandbox.control.errors import failure


class LoopbackOnly:
    """Middleware that refuses remote callers, foreign Host names (DNS rebinding) and foreign Origins (other sites)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or respond with 403."""
        reason = _objection(scope) if scope["type"] == "http" else None
        if reason is None:
            await self._app(scope, receive, send)
        else:
            await failure(reason, 403)(scope, receive, send)


class WellFormed:
    """Middleware that replaces unpaired surrogates in JSON bodies, because Telegram's texts are UTF-8."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with unpaired surrogates in its body replaced."""
        if scope["type"] != "http" or scope["method"] not in {"POST", "PUT"}:
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        told = False

        async def again() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": well_formed(body), "more_body": False}

        await self._app(scope, again, send)


def well_formed(body: bytes) -> bytes:
    """Return the JSON with unpaired surrogates replaced; any other body is returned unchanged."""
    if b"\\ud" not in body.lower():
        return body
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return body
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _objection(scope: Scope) -> str | None:
    client = scope.get("client")
    if client is not None and not _is_loopback(client[0]):
        return "only from this machine"
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    name = _name(host)
    if name != "localhost" and not _is_loopback(name):
        return "the Host header does not name this machine"
    origin = headers.get("origin")
    if origin is not None and origin != f"{scope.get('scheme', 'http')}://{host}":
        return "another site's page may not drive the sandbox"
    return None


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
