"""Under which names the operator's port answers: none that a stranger can have lead to it (DNS rebinding)."""

from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

_INNER: Final = (".internal", ".local", ".localhost")
"""Ends of names that nobody outside can register (RFC 6761, RFC 6762, ICANN's .internal)."""
_REFUSAL: Final = b"This address does not answer under that name.\n"


class OpsHosts:
    """Refuses with 421 a request whose Host is a public name other than the console's own.

    An address, a name without a dot (a service of the same compose file) and one of an inner domain are let through.
    """

    def __init__(self, app: ASGIApp, addresses: Collection[str]) -> None:
        """addresses: of the console and the site, whose names are ours."""
        self._app = app
        self._own = frozenset(urlsplit(address).hostname for address in addresses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http" or self._may(dict(scope["headers"]).get(b"host", b"").decode("latin-1")):
            await self._app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(_REFUSAL)).encode())]
        await send({"type": "http.response.start", "status": 421, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSAL})

    def _may(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        with suppress(ValueError):
            return bool(ip_address(name))
        return name in self._own or "." not in name or name.endswith(_INNER)
