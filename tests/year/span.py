"""How much of the year is played."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Span:
    """brisk: short periods and much trouble, so that a short time shows it all. journal: a file for every line.

    shuffled: every other event of the provider's takes a day or two, so that renewals come in any order; everybody
    pays by the day, no payment has another misfortune, and the provider lists none. Goes with brisk.

    silent: so many days in the middle of it no webhook arrives. lost: so often the database is lost, and brought back
    from a backup of six hours before. partners: there are some, and their ledgers are recounted; not where it is lost.
    tips: so many are published, and their record is recounted and verified; not where it is lost either.
    """

    seed: int
    days: int = 365
    customers: int = 40
    brisk: bool = False
    journal: Path | None = None
    shuffled: bool = False
    silent: int = 0
    lost: int = 0
    partners: bool = False
    tips: int = 0
