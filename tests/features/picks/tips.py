"""Sample tips."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from features.picks.domain import TipFacts, TipLeg
from tests.fakes.samples import NOON

STARTS = NOON + timedelta(days=1)


def leg(index: int, odds: str | Decimal) -> TipLeg:
    """Return one leg of a combined tip, on a separate event."""
    return TipLeg(event=f"Partido {index}", market="Goles", selection="Más de 2,5", odds=Decimal(odds))


def tip(**changes: Any) -> TipFacts:
    """Return a tip that may be published at noon."""
    facts: dict[str, Any] = {
        "event": "Betis – Sevilla",
        "starts_at": STARTS,
        "market": "Goles",
        "selection": "Más de 2,5",
        "odds": Decimal("1.85"),
        "stake": Decimal(3),
    }
    return TipFacts(**facts | changes)
