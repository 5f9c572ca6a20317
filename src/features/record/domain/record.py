"""Record of a plan: published, revised, withdrawn and settled tips in an append-only hash chain.

Each entry is hashed together with the hash of the previous entry, so that a change to one entry invalidates all later
entries.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Self

from subscriptions.domain.ids import PlanId, PostId

GENESIS_HASH: Final = "0" * 64
"""Previous hash of the first entry of a chain."""


class EntryKind(StrEnum):
    """Kind of an entry in a tip record.

    - published: a new tip
    - revised: the tip was changed before the start of its event
    - corrected: the tip was changed after the start of its event, without effect on any figure unless the body has the
      reason why the odds were mistyped
    - withdrawn: the tip was withdrawn
    - settled: the tip got its result
    - resettled: the settlement was corrected
    """

    PUBLISHED = "published"
    REVISED = "revised"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"
    RESETTLED = "resettled"


class WithdrawnRule(StrEnum):
    """Rule for counting a tip that is withdrawn before its event starts: as void, or as lost."""

    VOID = "void"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class RecordEntry:
    """Entry of a plan's tip record.

    number: from 1 without gaps within a plan
    starts_at: start of the tip's event according to this entry
    origin: `staff`, `cli`, `api:NAME` or `source:NAME`; the audit log names the staff member
    salt: random value, so that the content behind a hash cannot be guessed before it is published
    body: JSON exactly as hashed
    previous: hash of the previous entry
    """

    plan_id: PlanId
    number: int
    tip_id: PostId
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
        tip_id: PostId,
        kind: EntryKind,
        at: datetime,
        starts_at: datetime,
        origin: str,
        facts: dict[str, object],
    ) -> Self:
        """Create the entry that follows `head`, or the first entry if `head` is None. If `at` is earlier than the
        timestamp of `head`, that timestamp is used instead.
        """
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
        """Return the values from which the entry's hash is calculated, in order. The downloadable file contains the
        same values.
        """
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
        """Return the SHA-256 hash of `line`, serialized as compact JSON in UTF-8, as 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.line(), ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    def facts(self) -> dict[str, object]:
        """Return the parsed body. Raises ValueError if it is not a JSON object, which means that it was tampered
        with.
        """
        body_facts = json.loads(self.body)
        if not isinstance(body_facts, dict):
            raise ValueError("not an object")
        return body_facts


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
