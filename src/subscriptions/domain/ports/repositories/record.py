"""Records of plans: entries that are added and never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from subscriptions.domain.entities.record import RecordEntry, WithdrawnRule
from subscriptions.domain.entities.record_post import PostKind, RecordChannel, RecordPost
from subscriptions.domain.ids import PickId, PlanId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class RecordRepository(Protocol):
    """Records of plans: entries that are added and never changed."""

    async def head(self, plan_id: PlanId, *, lock: bool = False) -> RecordEntry | None:
        """The newest entry of a plan. lock: nobody else adds one until this unit of work ends."""
        ...

    async def rule(self, plan_id: PlanId) -> WithdrawnRule:
        """How a plan counts tips that are withdrawn before their start: void unless it was chosen otherwise."""
        ...

    async def choose_rule(self, plan_id: PlanId, rule: WithdrawnRule) -> None:
        """Of a plan without entries alone: the database refuses it for any other."""
        ...

    async def reminders(self) -> Mapping[PlanId, timedelta]:
        """How long before their start each plan reminds of its tips; one that is not among them reminds of none."""
        ...

    async def choose_reminder(self, plan_id: PlanId, lead: timedelta | None) -> None:
        """Say it for a plan from now on; None: never."""
        ...

    async def add(self, entry: RecordEntry) -> None:
        """Raises RetryLater where somebody else added one of this number."""
        ...

    async def entries(self, plan_id: PlanId, lower: int = 0, upper: int | None = None) -> Sequence[RecordEntry]:
        """Those of a plan between two numbers, which are not among them, in order."""
        ...

    async def of_tip(self, tip_id: PickId) -> Sequence[RecordEntry]:
        """All about one tip, in order."""
        ...

    async def plans(self) -> Sequence[PlanId]:
        """Plans that have a record."""
        ...

    async def count_revisions(self, plan_id: PlanId) -> Mapping[PickId, int]:
        """How many revisions each tip of a plan has by the table of picks, with which the chain is compared."""
        ...

    async def settlements(self) -> Mapping[PickId, int]:
        """How often each tip was settled or its settlement corrected by the audit, with which the chain is compared."""
        ...

    async def count_unsettled(self, cutoff: datetime) -> int:
        """How many tips started before that moment and have no result; those withdrawn in time need none."""
        ...

    async def last_before(self, plan_id: PlanId, moment: datetime) -> RecordEntry | None:
        """The newest entry of a plan that is dated before a moment."""
        ...

    async def first_start(self, plan_id: PlanId, start: datetime, end: datetime) -> datetime | None:
        """The first start that a tip of the plan was published or revised with, from `start` on and before `end`."""
        ...

    async def channel(self, plan_id: PlanId) -> RecordChannel | None:
        """The public channel of a plan."""
        ...

    async def channels(self) -> Sequence[RecordChannel]:
        """The public channels of all plans that have one."""
        ...

    async def choose_channel(self, plan_id: PlanId, channel: RecordChannel | None) -> None:
        """Say which one a plan has from now on; None: none."""
        ...

    async def add_post(self, post: RecordPost) -> bool:
        """False: there is one of this plan, kind and subject. A teaser is refused from the start of its tip on."""
        ...

    async def post(self, plan_id: PlanId, kind: PostKind, subject: str) -> RecordPost | None:
        """One post."""
        ...

    async def posts(self, plan_id: PlanId, *kinds: PostKind) -> Sequence[RecordPost]:
        """Those of a plan that stand in its channel, the newest first."""
        ...

    async def place_post(self, post: RecordPost, message_id: int, at: datetime) -> None:
        """Say where a post stands; the first word counts."""
        ...

    async def last_post(self, plan_id: PlanId, kind: PostKind) -> RecordPost | None:
        """The newest one of a plan that was written down, whether it stands yet or not."""
        ...

    async def starting_after(self, plan_id: PlanId, moment: datetime) -> Sequence[PickId]:
        """Tips of a plan that were published or revised with a start after a moment."""
        ...

    async def starting_between(self, start: datetime, end: datetime) -> Sequence[PickId]:
        """Tips of all plans that were published or revised with a start from `start` on and before `end`."""
        ...

    async def open_teasers(self, plan_id: PlanId) -> Sequence[RecordPost]:
        """Teasers of a plan whose tip was not shown whole yet, the first one first."""
        ...


RECORDS_KEY: Final = RepositoryKey["RecordRepository"]("records")
