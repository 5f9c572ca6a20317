"""Errors that are planted into a copy of the source, and the spans that reveal the errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.year.span import Span

SOURCE = "src/subscriptions"

WEEK = Span(seed=1, days=7, customers=10, brisk=True)
WARNED = Span(seed=3, days=7, customers=10, brisk=True)
ANOTHER = Span(seed=4, days=7, customers=10, brisk=True)
FAILING = Span(seed=5, days=7, customers=10, brisk=True)
LEAVING = Span(seed=6, days=7, customers=10, brisk=True)
SILENT = Span(seed=1, days=6, customers=10, brisk=True, silent=4)
LOST = Span(seed=1, days=7, customers=10, brisk=True, lost=1)
SHUFFLED = Span(seed=1, days=5, customers=5, brisk=True, shuffled=True)


@dataclass(frozen=True)
class Change:
    """Text that occurs exactly once in a file, and its replacement."""

    path: str
    old: str
    new: str

    def fits(self, root: Path) -> bool:
        """Return True if the text occurs exactly once."""
        return (root / self.path).read_text().count(self.old) == 1

    def apply(self, root: Path) -> None:
        """Replace the text. Raises LookupError if the file has changed so that the error can no longer be planted."""
        if not self.fits(root):
            raise LookupError(f"{self.path} does not hold exactly once:\n{self.old}")
        file = root / self.path
        file.write_text(file.read_text().replace(self.old, self.new))


@dataclass(frozen=True)
class Plant:
    """One planted error. promises: guarantees, one of which is the first that the error violates. span: a span that
    reveals the error.
    """

    name: str
    changes: tuple[Change, ...]
    promises: tuple[str, ...]
    span: Span = WEEK
