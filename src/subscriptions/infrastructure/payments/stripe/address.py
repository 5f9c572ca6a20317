"""Where Stripe is: the real service, or an address the operator gives."""

from ipaddress import ip_address
from urllib.parse import urlsplit

WANT_BASE = (
    "put https://host[:port][/path] here, or http:// for a loopback address, or leave it out for the real service"
)


def api_base(text: str) -> tuple[str | None, str | None]:
    """The address without a slash at its end (None for the real service), and what is wrong with it."""
    if not text:
        return None, None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None, f"is not an address; {WANT_BASE}"
    odd = parts.username is not None or parts.query or parts.fragment or port == 0
    if odd or not host or parts.scheme not in {"http", "https"} or not (text.isascii() and text.isprintable()):
        return None, f"is not a plain address; {WANT_BASE}"
    if parts.scheme == "http" and not is_loopback(text):
        return None, f"is plain http to another machine; {WANT_BASE}"
    return text.rstrip("/"), None


def is_loopback(base: str | None) -> bool:
    """Whether the address is this machine's own. A name counts only if it is `localhost`: others resolve anywhere."""
    if base is None:
        return False
    host = urlsplit(base).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
