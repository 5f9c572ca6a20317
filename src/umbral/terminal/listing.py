"""Output of lists as a table without lines for people, or as JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

_ENDLESS: Final = 1_000_000
"""Table width in columns for piped output, which is neither wrapped nor truncated."""


def show(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns as wide as their widest cell. On a terminal, wide cells are wrapped."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else _ENDLESS)
    table = Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        # Add cells as text instead of markup, because names from customers and providers may contain brackets.
        table.add_row(*(Text(str(cell), overflow="fold") for cell in row))
    with console.capture() as capture:
        console.print(table)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def show_json(value: object) -> None:
    """Print a value as JSON, with timestamps in the form `2026-01-31T12:00:00Z`."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
