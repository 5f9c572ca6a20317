"""Fuzz targets of watermarks: texts to be watermarked, and files claimed to be leaked pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from features.marks.adapters.reading import _open
from features.marks.domain.text_marks import mark_text, pairs_of_words, slots
from features.marks.ports import NoPicture, PictureTooLarge, PictureTooSmall

LIMIT: Final = 4096
SYNONYMS: Final = (("cuota", "momio"), ("over", "más de"))
_GIF: Final = b"GIF89a" + bytes.fromhex("01000100800000ffffff0000002c00000000010001000002024401003b")


def marks(data: bytes) -> None:
    """Add watermarks to the text of a post and read them back."""
    text = data.decode("utf-8", "replace")[:LIMIT]
    copy = mark_text(text, b"seed", SYNONYMS, LIMIT)
    assert len(copy) <= LIMIT
    assert mark_text(copy, b"seed", SYNONYMS, LIMIT) == copy or len(slots(copy, SYNONYMS)) != len(slots(text, SYNONYMS))
    pairs_of_words(copy, SYNONYMS)


def picture(data: bytes) -> None:
    """Open a file claimed to be a leaked picture."""
    with suppress(NoPicture, PictureTooLarge, PictureTooSmall):
        _open(data)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {"marks": marks, "picture": picture}
"""Functions that must accept any bytes without an error."""
SEEDS: Final[Mapping[str, Sequence[str | bytes]]] = {
    "marks": ["Over 2.5 – cuota 1.90... www.x.es `a` #b @ana 'tis", "a - b\u00a0c … d’e", "1 000 - 2 €"],
    "picture": [_GIF, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"],
}
"""First inputs of each target."""
