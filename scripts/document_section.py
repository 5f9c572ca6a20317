"""Replacement of a generated section in a document, delimited by two comments."""

from __future__ import annotations

from pathlib import Path


def with_section(document: Path, begin: str, end: str, section: str) -> str:
    """Return the document's text with the section between the lines `begin` and `end` replaced."""
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{section}\n\n{end}{after}"
