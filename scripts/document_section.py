"""Generated section of a document, between two comments."""

from __future__ import annotations

from pathlib import Path


def with_section(document: Path, begin: str, end: str, section: str) -> str:
    """Return the document with this section between the lines `begin` and `end`, in place of the current one."""
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{section}\n\n{end}{after}"
