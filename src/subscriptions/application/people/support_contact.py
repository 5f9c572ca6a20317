"""Conversion of the support contact from the settings to a link."""

import re
from typing import Final

_HANDLE: Final = re.compile(r"@([A-Za-z][A-Za-z0-9_]{3,31})\Z")
_MAIL: Final = re.compile(r"[^@\s:/?&]+@[^@\s:/?&]+\.[^@\s:/?&]+\Z")
_ADDRESS: Final = re.compile(r"https?://\S+\Z")


def contact_url(contact: str) -> str | None:
    """Return the link of `@name`, an e-mail address or a URL. Return None for any other text, which is then shown
    unchanged.
    """
    text = contact.strip()
    if handle := _HANDLE.match(text):
        return f"https://t.me/{handle[1]}"
    if _MAIL.match(text):
        return f"mailto:{text}"
    return text if _ADDRESS.match(text) else None
