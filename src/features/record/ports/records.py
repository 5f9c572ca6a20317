"""Repository of the plans' records, which are append-only."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from features.record.domain.record import RecordEntry, WithdrawnRule
from features.record.domain.record_post import PostKind, RecordChannel, RecordPost
from subscriptions.domain.ids import PlanId, PostId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class RecordRepository(Protocol):
    """Repository of the plans' records. Entries are added and never changed."""

    async def head(self, plan_id: PlanId, *, lock: bool = False) -> RecordEntry | None:
        """Return the newest entry of a plan; None if the plan has no record. lock: True to prevent other additions
        until this unit of work ends.
        """
        ...

    async def rule(self, plan_id: PlanId) -> WithdrawnRule:
        """Return the plan's rule for tips withdrawn before their event starts; void unless another rule was chosen."""
        ...

    async def choose_rule(self, plan_id: PlanId, rule: WithdrawnRule) -> None:
        """Set the rule of a plan. The database refuses a change if the plan has entries."""
        ...

    async def reminders(self) -> Mapping[PlanId, timedelta]:
        """Return the lead time of the reminders before the start of a tip's event, by plan. Plans without reminders are
        omitted.
        """
        ...

    async def choose_reminder(self, plan_id: PlanId, lead: timedelta | None) -> None:
        """Set the lead time of a plan's reminders; None switches them off."""
        ...

    async def add(self, entry: RecordEntry) -> None:
        """Add an entry. Raises RetryLater if another process has added an entry with this number."""
        ...

    async def entries(self, plan_id: PlanId, lower: int = 0, upper: int | None = None) -> Sequence[RecordEntry]:
        """Return the entries of a plan with numbers between `lower` and `upper`, both exclusive, ordered by number."""
        ...

    async def of_tip(self, tip_id: PostId) -> Sequence[RecordEntry]:
        """Return all entries about one tip, ordered by number."""
        ...

    async def plans(self) -> Sequence[PlanId]:
        """Return the plans that have a record."""
        ...

    async def count_revisions(self, plan_id: PlanId) -> Mapping[PostId, int]:
        """Return the number of revisions of each tip of a plan according to the table of posts. The verification
        compares the hash chain with these numbers.
        """
        ...

    async def settlements(self) -> Mapping[PostId, int]:
        """Return the number of settlements and corrections of each tip according to the audit log. The verification
        compares the hash chain with these numbers.
        """
        ...

    async def count_unsettled(self, cutoff: datetime) -> int:
        """Return the number of tips without a result whose event started before `cutoff`. Tips withdrawn before the
        start of their event are excluded.
        """
        ...

    async def last_before(self, plan_id: PlanId, moment: datetime) -> RecordEntry | None:
        """Return the plan's newest entry dated before `moment`; None if there is none."""
        ...

    async def first_start(self, plan_id: PlanId, start: datetime, end: datetime) -> datetime | None:
        """Return the earliest start of an event, at or after `start` and before `end`, with which a tip of the plan was
        published or revised; None if there is none.
        """
        ...

    async def channel(self, plan_id: PlanId) -> RecordChannel | None:
        """Return the public channel of a plan; None if there is none."""
        ...

    async def channels(self) -> Sequence[RecordChannel]:
        """Return the public channels of all plans that have one."""
        ...

    async def choose_channel(self, plan_id: PlanId, channel: RecordChannel | None) -> None:
        """Set the public channel of a plan; None removes it."""
        ...

    async def add_post(self, post: RecordPost) -> bool:
        """Add a post. Return False if the plan already has a post of this kind and subject. The database refuses a
        teaser of a tip whose event has started.
        """
        ...

    async def post(self, plan_id: PlanId, kind: PostKind, subject: str) -> RecordPost | None:
        """Return the post of a plan with this kind and subject; None if there is none."""
        ...

    async def posts(self, plan_id: PlanId, *kinds: PostKind) -> Sequence[RecordPost]:
        """Return the plan's published posts of the given kinds, the newest first."""
        ...

    async def mark_posted(self, post: RecordPost, message_id: int, at: datetime) -> None:
        """Store the message id of a published post. Ignored if an id is already stored."""
        ...

    async def last_post(self, plan_id: PlanId, kind: PostKind) -> RecordPost | None:
        """Return the newest post of a plan and kind, published or not; None if there is none."""
        ...

    async def starting_after(self, plan_id: PlanId, moment: datetime) -> Sequence[PostId]:
        """Return the tips of a plan that were published or revised with an event that starts after `moment`."""
        ...

    async def starting_between(self, start: datetime, end: datetime) -> Sequence[PostId]:
        """Return the tips of all plans that were published or revised with an event that starts from `start` until
        before `end`.
        """
        ...

    async def open_teasers(self, plan_id: PlanId) -> Sequence[RecordPost]:
        """Return the plan's teasers whose tips have not been shown in full yet, the oldest first."""
        ...


RECORDS_KEY: Final = RepositoryKey["RecordRepository"]("records")
