"""Output of benchmarks while they run, and their results as rows of `docs/performance.md`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

KEEP_IN: Final = "BENCH_ROWS"
"""Environment variable with the file to which `tell` appends; without it, rows are only printed."""


@dataclass(frozen=True)
class Row:
    """One comparison. limit, ours: figures with their unit. ratios: of each round. wanted: of their median."""

    work: str
    limit: str
    ours: str
    ratios: Sequence[float]
    wanted: str = "–"

    def cells(self) -> Sequence[str]:
        """Return the cells of the table's row."""
        low, high = min(self.ratios), max(self.ratios)
        spread = f"{low:.2f}–{high:.2f}, {len(self.ratios)} rounds"
        return self.work, self.limit, self.ours, f"**{median(self.ratios):.2f}** ({spread})", self.wanted


def say(line: str) -> None:
    """Print a line and flush it, for users who wait for it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(row: Row) -> None:
    """Store the row for the document."""
    name = os.environ.get(KEEP_IN)
    if name:
        with Path(name).open("a") as kept:
            kept.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def reported(path: Path) -> list[Row]:
    """Return the rows stored in this file."""
    return [Row(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
