"""Callback data of the panel's buttons: a page's name and short ids, within Telegram's limit of 64 bytes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Final
from uuid import UUID

PREFIX: Final = "a"
LIMIT: Final = 64
CARD: Final = "c_"
"""Prefix of a deep link from a group that opens a customer's page in the bot."""
QUESTION_PREFIX: Final = "q_"
"""Prefix of a deep link below a customer's question in the group. A reply to that message is sent to the customer."""
_SEPARATOR: Final = ":"


def data(page: str, *parts: UUID | str | int) -> str:
    """Return callback data as `a:page:part:…`. Raises ValueError if the data exceeds `LIMIT`, which is a programming
    error in the page.
    """
    words = [short(part) if isinstance(part, UUID) else str(part) for part in parts]
    text = _SEPARATOR.join([PREFIX, page, *words])
    if len(text.encode()) > LIMIT:
        raise ValueError(f"too long for a button: {text}")
    return text


def parts(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the page and the parts of callback data, or None for a button outside the panel."""
    prefix, _, rest = text.partition(_SEPARATOR)
    if prefix != PREFIX or not rest:
        return None
    page, *words = rest.split(_SEPARATOR)
    return page, tuple(words)


def short(identifier: UUID) -> str:
    """Return a UUID in 22 characters."""
    return urlsafe_b64encode(identifier.bytes).decode().rstrip("=")


def full_id(text: str) -> UUID | None:
    """Return the UUID from its short form, or None if the text is not a short form."""
    try:
        return UUID(bytes=urlsafe_b64decode(text + "=="))
    except (ValueError, Error):
        return None
