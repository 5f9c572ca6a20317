"""Masking of secrets in recorded errors and logs."""

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
"""Pattern of credentials without a prefix. Every other credential contains one of `_MARKS`. A text that contains
neither needs no full search for credentials. This saves nine tenths of the time, which matters because every log
line is checked.
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
    """Return the type and message of an error with secrets masked, so that it can be stored and displayed."""
    return redact(f"{type(error).__name__}: {error}".rstrip(": "))


def error_path(error: BaseException) -> str:
    """Return the last 20 frames of an error's traceback, one per line: file, line number and function, without code or
    values.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-20:])
