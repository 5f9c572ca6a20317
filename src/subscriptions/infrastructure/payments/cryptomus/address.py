"""Addresses of the settings: where Cryptomus is, and where it finds us."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

CALLBACK_LIMIT: Final = 255
"""The longest address Cryptomus takes."""

WANT_BASE: Final = "put https://host[:port][/path] here, http:// for a loopback address only, or leave it out"
WANT_CALLBACK: Final = "put the address at which Cryptomus reaches us here, https://your.site/webhooks/cryptomus"


def base_problem(text: str) -> str | None:
    """What is wrong with an address of the service."""
    parts = _plain(text)
    if parts is None:
        return f"is not a plain address; {WANT_BASE}"
    if parts.scheme == "http" and not is_loopback(text):
        return f"is plain http to another machine; {WANT_BASE}"
    return None


def callback_problem(text: str, base: str) -> str | None:
    """What is wrong with our own address, where the service is at `base`."""
    if not text:
        return f"is missing or blank, and so is WEB_BASE_URL; {WANT_CALLBACK}"
    if _plain(text) is None or len(text) > CALLBACK_LIMIT:
        return f"is not a plain address of up to {CALLBACK_LIMIT} characters; {WANT_CALLBACK}"
    if is_loopback(text) and not is_loopback(base):
        return f"is an address of this machine, where Cryptomus finds nobody; {WANT_CALLBACK}"
    return None


def is_loopback(address: str) -> bool:
    """Whether it is this machine's own. A name counts only if it is `localhost`: others resolve anywhere."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _plain(text: str) -> SplitResult | None:
    """The parts of an address that has nothing but a host, a port and a path."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    odd = parts.username is not None or parts.query or parts.fragment or port == 0
    if odd or not host or parts.scheme not in {"http", "https"} or not (text.isascii() and text.isprintable()):
        return None
    return None if " " in text else parts
