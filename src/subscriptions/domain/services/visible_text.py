"""Detection of characters that are invisible or change the text direction. Such characters make a name look like
another name or like no name.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput

_LINES: Final = frozenset("\n\r\t")
_JOINERS: Final = frozenset({"\u200c", "\u200d", *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0020, 0xE0080))})
"""Joiners, variation selectors and flag tags, which are part of emoji and of some scripts."""
_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that are rendered as blank, whatever their Unicode category."""
_UNSEEN: Final = _JOINERS | _BLANKS
_CONTEXT_LENGTH: Final = 12


@dataclass(frozen=True)
class HiddenSign:
    """First hidden character of a text.

    code: Unicode code point, such as `U+202E`
    preceding_text: end of the visible text before the character; empty at the beginning
    """

    code: str
    preceding_text: str


def hidden_sign(text: str) -> HiddenSign | None:
    """Return the first hidden character of a text. Return None if all characters are visible or part of a visible
    character.
    """
    is_visible = not all(sign in _JOINERS or sign.isspace() for sign in text)
    for at, sign in enumerate(text):
        if sign in _LINES or (is_visible and sign in _JOINERS):
            continue
        if sign in _UNSEEN or unicodedata.category(sign) in {"Cc", "Cf"}:
            return HiddenSign(f"U+{ord(sign):04X}", text[:at].strip()[-_CONTEXT_LENGTH:])
    return None


def refuse_hidden(field: str, text: str) -> None:
    """Raise InvalidInput for the field if the text has a hidden character."""
    sign = hidden_sign(text)
    if sign is not None:
        raise InvalidInput(
            field,
            phrase(
                f"has a sign that nobody sees ({sign.code}); delete it",
                f"lleva un signo que no se ve ({sign.code}); bórralo",
            ),
        )
