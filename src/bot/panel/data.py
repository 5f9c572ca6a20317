"""What the panel's buttons carry: a page's name and short opaque ids, within Telegram's 64 bytes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Final
from uuid import UUID

PREFIX: Final = "a"
LIMIT: Final = 64
CARD: Final = "c_"
"""Beginning of a link from a group to the bot that opens a customer's page."""
QUESTION_PREFIX: Final = "q_"
"""The same below a customer's question: a reply to that message is sent to the customer."""
_SEPARATOR: Final = ":"


def data(page: str, *parts: UUID | str | int) -> str:
    """`a:page:part:…`. Raises ValueError for what would not fit: a page that asks for it is wrong."""
    words = [short(part) if isinstance(part, UUID) else str(part) for part in parts]
    text = _SEPARATOR.join([PREFIX, page, *words])
    if len(text.encode()) > LIMIT:
        raise ValueError(f"too long for a button: {text}")
    return text


def parts(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The page and its parts; None for a button that is not the panel's."""
    prefix, _, rest = text.partition(_SEPARATOR)
    if prefix != PREFIX or not rest:
        return None
    page, *words = rest.split(_SEPARATOR)
    return page, tuple(words)


def short(identifier: UUID) -> str:
    """A UUID in 22 characters."""
    return urlsafe_b64encode(identifier.bytes).decode().rstrip("=")


def full_id(text: str) -> UUID | None:
    """The UUID again; None for anything else."""
    try:
        return UUID(bytes=urlsafe_b64decode(text + "=="))
    except (ValueError, Error):
        return None
