"""The record of a plan: what was published, revised, withdrawn and settled, in one chain that only grows.

Each entry is hashed with the hash of the one before it, so a change to any of them shows in all that follow.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Self

from subscriptions.domain.ids import PickId, PlanId

GENESIS_HASH: Final = "0" * 64
"""What stands in the first entry of a chain for the hash before it."""


class EntryKind(StrEnum):
    """published: a new tip · revised: before its start · corrected: after it, which changes no figure · withdrawn ·
    settled · resettled: a settlement was corrected."""

    PUBLISHED = "published"
    REVISED = "revised"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"
    RESETTLED = "resettled"


class WithdrawnRule(StrEnum):
    """How a tip that is withdrawn before its start counts."""

    VOID = "void"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class RecordEntry:
    """One entry. number: from 1, without gaps in a plan. starts_at: as the tip says from this entry on.

    origin: `staff`, `cli`, `api:NAME` or `source:NAME`; the audit says who of staff. salt: random, so that nobody can
    guess what a hash hides before it is shown. body: JSON, exactly as it was hashed. previous: the hash of the entry
    before.
    """

    plan_id: PlanId
    number: int
    tip_id: PickId
    kind: EntryKind
    at: datetime
    starts_at: datetime
    origin: str
    salt: str
    body: str
    previous: str
    hash: str

    @classmethod
    def follow(
        cls,
        head: "RecordEntry | None",
        *,
        plan_id: PlanId,
        tip_id: PickId,
        kind: EntryKind,
        at: datetime,
        starts_at: datetime,
        origin: str,
        facts: dict[str, object],
    ) -> Self:
        """The entry that follows `head`; None begins a chain. It never is earlier than the one before it."""
        entry = cls(
            plan_id=plan_id,
            number=head.number + 1 if head is not None else 1,
            tip_id=tip_id,
            kind=kind,
            at=max(at, head.at) if head is not None else at,
            starts_at=starts_at,
            origin=origin,
            salt=secrets.token_hex(16),
            body=json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            previous=head.hash if head is not None else GENESIS_HASH,
            hash="",
        )
        return replace(entry, hash=entry.digest())

    def line(self) -> list[object]:
        """What is hashed, in this order; the file that people download has the same."""
        return [
            self.previous,
            str(self.plan_id),
            self.number,
            str(self.tip_id),
            str(self.kind),
            _iso(self.at),
            _iso(self.starts_at),
            self.origin,
            self.salt,
            self.body,
        ]

    def digest(self) -> str:
        """SHA-256 of `line` as compact JSON in UTF-8, as 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.line(), ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    def facts(self) -> dict[str, object]:
        """What its body says. Raises ValueError where it is no JSON object, so was tampered with."""
        body_facts = json.loads(self.body)
        if not isinstance(body_facts, dict):
            raise ValueError("not an object")
        return body_facts


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
