"""Lists for people and programs: a table without lines, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

_ENDLESS: Final = 1_000_000
"""Width in columns for piped output, which is neither folded nor cut."""


def show(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns as wide as their widest cell; on a terminal, wide cells are folded."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else _ENDLESS)
    table = Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        # As text, not markup: names from people and providers may contain brackets.
        table.add_row(*(Text(str(cell), overflow="fold") for cell in row))
    with console.capture() as capture:
        console.print(table)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def show_json(value: object) -> None:
    """Print a list as JSON: objects with names, times as `2026-01-31T12:00:00Z`."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
