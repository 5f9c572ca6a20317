"""Posts with a record of tips, and a complete track record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from features.picks.domain import Settlement, TipFacts
from features.picks.use_cases.accept_pick import AcceptPick
from features.record.domain.record import EntryKind, RecordEntry
from features.record.use_cases.publish_tip import PlanRecord
from subscriptions.domain.ids import PlanId, PostId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from tests.fakes.samples import NOON
from tests.features.picks.tips import STARTS


def accept_tips(units: UnitOfWorkFactory, clock: Clock, *more: Any) -> AcceptPick:
    """Return the use case that accepts posts, with a record of tips."""
    return AcceptPick(units, clock, *more, record=PlanRecord())


class Chain:
    """Track record written entry by entry, without a database."""

    def __init__(self) -> None:
        self.plan_id = PlanId(new_uuid())
        self.entries: list[RecordEntry] = []

    def add(self, tip_id: PostId, kind: EntryKind, facts: dict[str, object], starts_at=STARTS, at=NOON) -> RecordEntry:  # type: ignore[no-untyped-def]
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

    def publish(self, facts: TipFacts, **said: object) -> PostId:
        """Publish a tip."""
        tip_id = PostId(new_uuid())
        self.add(tip_id, EntryKind.PUBLISHED, {**facts.as_json(), **said}, starts_at=facts.starts_at)
        return tip_id

    def settle(self, tip_id: PostId, settlement: Settlement, kind: EntryKind = EntryKind.SETTLED) -> None:
        """Settle a tip."""
        self.add(tip_id, kind, settlement.as_json(), at=STARTS + timedelta(hours=2))
