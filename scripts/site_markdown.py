"""Markdown of the pages that are made from the code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def page(parts: Iterable[str]) -> str:
    """A document of these parts; an empty one is left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under their heads, each one line whatever its cells hold."""
    lines = [head, ["---" for _ in head], *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def bullets(items: Iterable[str]) -> str:
    """One line each."""
    return "\n".join(f"- {item}" for item in items)
