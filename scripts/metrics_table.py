"""Writes into docs/metrics.md what `/metrics` shows, from what it is made of: `python -m scripts.metrics_table`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from web.routes.health import MEASURED

DOCUMENT: Final = Path(__file__).parent.parent / "docs/metrics.md"
BEGIN: Final = "<!-- written by scripts/metrics_table.py: what is measured -->"
END: Final = "<!-- end of what is written -->"


def table() -> str:
    """As Markdown."""
    rows = ["| metric | kind | labels | says |", "|---|---|---|---|"]
    for name, figure in MEASURED.items():
        labels = ", ".join(f"`{label}`" for label in figure.labels)
        rows.append(f"| `{name}` | {'counter' if figure.counts else 'gauge'} | {labels or '–'} | {figure.help} |")
    return "\n".join(rows)


def written(document: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
