"""Parser that splits docs/security.md into sentences and table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

PAGE: Final = Path(__file__).parents[2] / "docs/security.md"
_WRITTEN: Final = re.compile(r"<!-- written by .*?<!-- end of what is written -->", re.DOTALL)
_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK: Final = re.compile(r"\n\s*\n|\n(?=\s*- )")
_SENTENCE: Final = re.compile(r"(?<=[.:?])\s+(?=[A-Z`*0-9])")
_LINK: Final = re.compile(r"\]\([^)]*\)")


class Sentence(NamedTuple):
    """A sentence or table row of the page, without line breaks and link addresses."""

    part: str
    text: str


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of the page in order. Leave out generated tables and table headers."""
    parts = _HEADING.split(_WRITTEN.sub("", text))
    for title, body in zip(["", *parts[1::2]], parts[::2], strict=True):
        for block in _BLOCK.split(body):
            if block.lstrip().startswith("|"):
                rows = [row for row in block.strip().splitlines() if row.startswith("|")]
                yield from (Sentence(title, _row(row)) for row in rows[2:])
            else:
                plain = " ".join(_LINK.sub("]", block).split()).removeprefix("- ")
                yield from (Sentence(title, each) for each in _SENTENCE.split(plain) if each and each[0] != "#")


def _row(row: str) -> str:
    """Return the first two cells of a table row: the actor, and the guarantee against that actor."""
    cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")]
    return " → ".join(_LINK.sub("]", cell) for cell in cells[:2])
