"""Sides of an event, by the many names that people give them."""

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
"""Words that make a name that of another team of the same club."""


def sides_of(event: str) -> tuple[str, str] | None:
    """Return home and away of `Betis – Sevilla`; None for what is no match of two."""
    parts = _SEPARATOR.split(event.strip())
    if len(parts) == 1:
        parts = event.split("-")
    sides = [part.strip() for part in parts if part.strip()]
    return (sides[0], sides[1]) if len(sides) == 2 == len(parts) else None


def is_side(name: str, names: Iterable[str]) -> bool:
    """Whether a team is meant that is known by these names: all words of `name` stand in one of them, and none is left
    that would make it another team (`Betis` is `Real Betis Balompié`, and not `Real Betis B`)."""
    words = _words(name)
    return bool(words) and any(
        words <= others and not any(_OTHER_TEAM.fullmatch(word) for word in others - words)
        for others in map(_words, names)
    )


def side_named(name: str, sides: Sequence[str]) -> int | None:
    """Return which side is meant, 0 or 1; None where it is neither, or could be both."""
    places = [place for place, side in enumerate(sides) if is_side(name, [side])]
    return places[0] if len(places) == 1 else None


def _words(name: str) -> frozenset[str]:
    words = re.findall(r"\w+", bare(name))
    return frozenset(words) - _FILLERS or frozenset(words)
