"""Validation of URLs in texts and on buttons."""

import re
from urllib.parse import urlsplit

from .text import Entity

_PERSON = re.compile(r"^tg://user\?id=(\d{1,15})$")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST = re.compile(r"^[^\s@/\\]+$")


class LinkError(ValueError):
    """Raised if Telegram rejects the address."""


def checked_url(url: str) -> str:
    """Return `url` with its scheme; raise LinkError for an address that Telegram rejects.

    A host needs a dot, so `http://localhost` is refused, as by the real service.
    """
    if url.lower().startswith(("tg:", "ton:")):
        return url
    full = url if _SCHEME.match(url) and "://" in url else f"http://{url}"
    try:
        parts = urlsplit(full)
        host = parts.hostname or ""
        valid_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise LinkError("Wrong HTTP URL") from error
    if parts.scheme not in ("http", "https"):
        raise LinkError("Unsupported URL protocol")
    if not valid_port or "." not in host.strip(".") or not _HOST.match(host) or re.search(r"\s", full):
        raise LinkError("Wrong HTTP URL")
    return full


def link_entity(url: str, offset: int, length: int) -> Entity | None:
    """Return the entity of a link in formatted text; None if the address is not a link."""
    if person := _PERSON.match(url):
        return {"type": "text_mention", "offset": offset, "length": length, "user_id": int(person[1])}
    try:
        return {"type": "text_link", "offset": offset, "length": length, "url": checked_url(url)}
    except LinkError:
        return None
