"""Options of a simulation: the part of the year to be simulated, and its special conditions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Span:
    """Span of the year. brisk: short periods and frequent faults, so that a short time covers everything. journal: file
    for all lines.

    shuffled: every other event of the provider is delayed by a day or two, so that renewals arrive in any order; all
    customers pay daily, payments have no refunds, disputes or pauses, and the provider lists no payments. Requires
    brisk.

    silent: number of days in the middle without any webhook. lost: number of losses of the database, each restored from
    a backup of six hours before. partners: True if there are partners, whose ledgers are recalculated; not with lost.

    tips: number of published tips, whose record is recalculated and verified; not with lost either. features: value of
    the setting FEATURES; without `all`, no customer comes for the VIP channel.
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
    features: str = "all"
