"""Repository of the plans' tip records, which are append-only."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from features.record.domain.record import RecordEntry, WithdrawnRule
from features.record.domain.record_post import PostKind, RecordChannel, RecordPost
from subscriptions.domain.ids import PlanId, PostId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class RecordRepository(Protocol):
    """Repository of the plans' tip records. Entries are added and never changed."""

    async def head(self, plan_id: PlanId, *, lock: bool = False) -> RecordEntry | None:
        """Return the newest entry of a plan's tip record; None if there is no entry. lock: True to prevent other
        processes from adding entries until this unit of work ends.
        """
        ...

    async def rule(self, plan_id: PlanId) -> WithdrawnRule:
        """Return the plan's rule for tips withdrawn before their event starts; they count as void unless another rule
        was chosen.
        """
        ...

    async def choose_rule(self, plan_id: PlanId, rule: WithdrawnRule) -> None:
        """Set a plan's rule for withdrawn tips. The database refuses a change if the plan's tip record has entries."""
        ...

    async def reminders(self) -> Mapping[PlanId, timedelta]:
        """Return, for each plan with reminders, the time between the reminder and the start of a tip's event."""
        ...

    async def choose_reminder(self, plan_id: PlanId, lead: timedelta | None) -> None:
        """Set the time between a plan's reminders and the start of the event; None switches the reminders off."""
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
        """Return the plans that have a tip record."""
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
        """Return the earliest start, from `start` until before `end`, of an event about which the plan has published or
        revised a tip; None if there is none.
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
        """Add a post for a public channel. Return False if the plan already has a post of this kind and subject. The
        database refuses a teaser of a tip whose event has started.
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
        """Return the tips of a plan whose event starts after `moment` according to an entry that published or revised
        the tip.
        """
        ...

    async def starting_between(self, start: datetime, end: datetime) -> Sequence[PostId]:
        """Return the tips of all plans whose event starts from `start` until before `end` according to an entry that
        published or revised the tip.
        """
        ...

    async def open_teasers(self, plan_id: PlanId) -> Sequence[RecordPost]:
        """Return the plan's teasers (announcements of tips) whose tips have not been published in full yet, the oldest
        first.
        """
        ...


RECORDS_KEY: Final = RepositoryKey["RecordRepository"]("records")
