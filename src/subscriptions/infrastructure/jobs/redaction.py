"""Removal of secrets from recorded errors."""

import re
import traceback
from typing import Final

LIMIT: Final = 2000
_MASK: Final = "***"
_SECRETS: Final = re.compile(
    r"\d{3,}:[A-Za-z0-9_-]{30,}"  # bot tokens, also inside an address
    r"|\b(?:sk|rk|pk)_[A-Za-z0-9_]{8,}|\bwhsec_[A-Za-z0-9_/+=-]{8,}"
    r"|\bgAAAA[A-Za-z0-9_=-]{40,}"  # encrypted sessions
    r"|\b1[A-Za-z0-9_-]{200,}={0,2}"  # session strings
    r"|(?<=://)[^/@\s]+:[^/@\s]+(?=@)"  # user and password of an address
    r"|\bumbral_[A-Za-z0-9_-]{40,}"  # keys for /api
    r"|(?<=[Bb]earer )[^\s'\"]{8,}"
)
_MARKS: Final = ("k_", "whsec_", "gAAAA", "://", "umbral_", "earer ")
SHORTEST: Final = 32
"""Minimum length of a credential without a prefix."""
_SESSIONS: Final = re.compile(r"\d:[A-Za-z0-9_-]{30}|1[A-Za-z0-9_-]{200}")
"""Every credential contains one of the prefixes or matches this pattern. Checking for them first takes a tenth of the
time, and every log line is checked.
"""


def mask(text: str) -> str:
    """Return the text with everything that looks like a credential masked."""
    for mark in _MARKS:
        if mark in text:
            return _SECRETS.sub(_MASK, text)
    return _SECRETS.sub(_MASK, text) if len(text) >= SHORTEST and _SESSIONS.search(text) else text


def redact(text: str) -> str:
    """Return the masked text, cut to a readable length."""
    masked_text = mask(text)
    return masked_text if len(masked_text) <= LIMIT else masked_text[:LIMIT] + " …"


def describe(error: BaseException) -> str:
    """Return the kind and message of an error, safe to store and display."""
    return redact(f"{type(error).__name__}: {error}".rstrip(": "))


def error_path(error: BaseException) -> str:
    """Return the path to an error as lines of code, without values."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-20:])
