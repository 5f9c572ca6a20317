"""Check of the Host header on the operator's port, as protection against DNS rebinding."""

from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

_INNER: Final = (".internal", ".local", ".localhost")
"""Suffixes of host names that cannot be registered publicly (RFC 6761, RFC 6762, ICANN's .internal)."""
_REFUSAL: Final = b"This address does not answer under that name.\n"


class OpsHosts:
    """Middleware that answers 421 to requests whose Host is a public name other than the name of the console or the
    site.

    IP addresses, names without a dot (services of the same compose file) and names of internal domains are also
    permitted.
    """

    def __init__(self, app: ASGIApp, addresses: Collection[str]) -> None:
        """Create the middleware. addresses: URLs of the console and the site."""
        self._app = app
        self._own = frozenset(urlsplit(address).hostname for address in addresses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request with a permitted Host. Answer any other request with 421."""
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
