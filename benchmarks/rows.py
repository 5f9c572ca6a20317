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
"""Environment variable that names the file to which `tell` appends rows; without it, rows are only printed."""

NO_TARGET: Final = "–"


@dataclass(frozen=True)
class Row:
    """Row of a comparison.

    limit, ours: figures with their units
    ratios: ratio of each round
    wanted: target for the median of the ratios
    """

    work: str
    limit: str
    ours: str
    ratios: Sequence[float]
    wanted: str = NO_TARGET

    @property
    def ratio(self) -> str:
        """Return the median of the ratios as text."""
        return f"{median(self.ratios):.2f}"

    def cells(self) -> Sequence[str]:
        """Return the cells of the table's row."""
        return self.work, self.limit, self.ours, f"**{self.ratio}**", self.wanted

    def line(self) -> str:
        """Return the row for a terminal, with the smallest and largest ratio and the number of rounds."""
        spread = f"{min(self.ratios):.2f}–{max(self.ratios):.2f}, {len(self.ratios)} rounds"
        return "   ".join((self.work, self.limit, self.ours, f"{self.ratio} ({spread})", self.wanted))


def say(line: str) -> None:
    """Print a line immediately, without buffering."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(row: Row) -> None:
    """Add a row to the document's results."""
    name = os.environ.get(KEEP_IN)
    if name:
        with Path(name).open("a") as kept:
            kept.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def reported(path: Path) -> list[Row]:
    """Return the rows stored in this file."""
    return [Row(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
