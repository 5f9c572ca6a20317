"""Sample tips, and a complete track record."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from subscriptions.domain.entities.record import EntryKind, RecordEntry
from subscriptions.domain.entities.tip import Settlement, TipFacts, TipLeg
from subscriptions.domain.ids import PickId, PlanId, new_uuid
from tests.fakes.samples import NOON

STARTS = NOON + timedelta(days=1)


def leg(place: int, odds: str | Decimal) -> TipLeg:
    """Return one leg of a combined tip, on a separate event."""
    return TipLeg(event=f"Partido {place}", market="Goles", selection="Más de 2,5", odds=Decimal(odds))


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


class Chain:
    """A track record written entry by entry, without a database."""

    def __init__(self) -> None:
        self.plan_id = PlanId(new_uuid())
        self.entries: list[RecordEntry] = []

    def add(self, tip_id: PickId, kind: EntryKind, facts: dict[str, object], starts_at=STARTS, at=NOON) -> RecordEntry:  # type: ignore[no-untyped-def]
        """Append the next entry."""
        entry = RecordEntry.follow(
            self.entries[-1] if self.entries else None,
            plan_id=self.plan_id,
            tip_id=tip_id,
            kind=kind,
            at=at,
            starts_at=starts_at,
            origin="api:core",
            facts=facts,
        )
        self.entries.append(entry)
        return entry

    def publish(self, facts: TipFacts, **said: object) -> PickId:
        """Publish a tip."""
        tip_id = PickId(new_uuid())
        self.add(tip_id, EntryKind.PUBLISHED, {**facts.as_json(), **said}, starts_at=facts.starts_at)
        return tip_id

    def settle(self, tip_id: PickId, settlement: Settlement, kind: EntryKind = EntryKind.SETTLED) -> None:
        """Settle a tip."""
        self.add(tip_id, kind, settlement.as_json(), at=STARTS + timedelta(hours=2))
