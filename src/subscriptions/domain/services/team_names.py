"""Recognition of sports teams by the different names that people write for them."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from subscriptions.domain.services.markets import bare

_SEPARATOR: Final = re.compile(r"\s*[–—]\s*|\s+(?:-|vs?\.?|x|contra)\s+", re.IGNORECASE)
_FILLERS: Final = frozenset(
    [
        "a",
        "ac",
        "afc",
        "as",
        "cd",
        "cf",
        "club",
        "de",
        "del",
        "el",
        "fc",
        "la",
        "rc",
        "rcd",
        "sc",
        "sd",
        "ss",
        "ssc",
        "the",
        "ud",
        "us",
    ]
)
_OTHER_TEAM: Final = re.compile(r"[bcw]|i{2,3}|[us]\d\d|sub|women|ladies|fem\w*|juvenil|reservas?|reserves?|youth")
"""Words that make a name refer to a different team of the same club."""


def sides_of(event: str) -> tuple[str, str] | None:
    """Split `Betis – Sevilla` into home and away. Return None if the text does not name two sides."""
    parts = _SEPARATOR.split(event.strip())
    if len(parts) == 1:
        parts = event.split("-")
    sides = [part.strip() for part in parts if part.strip()]
    return (sides[0], sides[1]) if len(sides) == 2 == len(parts) else None


def is_side(name: str, names: Iterable[str]) -> bool:
    """Return True if the name refers to a team with these names: all words of the name occur in one of the names, and
    no remaining word denotes a different team (`Betis` is `Real Betis Balompié`, but not `Real Betis B`).
    """
    words = _words(name)
    return bool(words) and any(
        words <= others and not any(_OTHER_TEAM.fullmatch(word) for word in others - words)
        for others in map(_words, names)
    )


def side_named(name: str, sides: Sequence[str]) -> int | None:
    """Return the index of the named side, 0 or 1. Return None if the name fits neither side or both."""
    indexes = [index for index, side in enumerate(sides) if is_side(name, [side])]
    return indexes[0] if len(indexes) == 1 else None


def _words(name: str) -> frozenset[str]:
    words = re.findall(r"\w+", bare(name))
    return frozenset(words) - _FILLERS or frozenset(words)
