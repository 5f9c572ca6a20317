"""The part of a document that a script writes, between two comments."""

from __future__ import annotations

from pathlib import Path


def with_section(document: Path, begin: str, end: str, section: str) -> str:
    """Return the document with this section between the lines `begin` and `end`, in place of the one there is."""
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{section}\n\n{end}{after}"
