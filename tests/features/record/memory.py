"""In-memory repository of the tip records of plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from features.record.domain.record import EntryKind, RecordEntry, WithdrawnRule
from features.record.domain.record_post import PostKind, RecordChannel, RecordPost
from features.record.domain.tip_history import TipHistory
from features.record.permissions import CORRECT_RESULT, SETTLE_TIP
from subscriptions.domain.entities.post import Post
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import PlanId, PostId
from tests.fakes.memory import Rows, Working


class MemoryRecord:
    """In-memory RecordRepository. Units of work in memory run one after the other, so a chain needs no lock."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._rows: Rows[RecordEntry] = Rows(
            working,
            "record_entries",
            lambda entry: (entry.plan_id, entry.number),
            {
                "one_tip_per_pick": lambda entry: entry.tip_id if entry.kind is EntryKind.PUBLISHED else None,
                "one_settlement_per_tip": lambda entry: entry.tip_id if entry.kind is EntryKind.SETTLED else None,
            },
        )
        self._rules: Rows[tuple[PlanId, WithdrawnRule]] = Rows(working, "record_rules", lambda rule: rule[0])
        self._reminders: Rows[tuple[PlanId, timedelta]] = Rows(working, "tip_reminders", lambda chosen: chosen[0])
        self._channels: Rows[RecordChannel] = Rows(working, "record_channels", lambda channel: channel.plan_id)
        self._posts: Rows[RecordPost] = Rows(
            working, "record_posts", lambda post: (post.plan_id, post.kind, post.subject)
        )

    async def rule(self, plan_id: PlanId) -> WithdrawnRule:
        chosen = self._rules.one(lambda rule: rule[0] == plan_id)
        return chosen[1] if chosen is not None else WithdrawnRule.VOID

    async def choose_rule(self, plan_id: PlanId, rule: WithdrawnRule) -> None:
        if await self.head(plan_id) is not None:
            raise IntegrityError("record_rules", plan_id, Exception("how it counts withdrawn tips is fixed"))
        self._rules.save((plan_id, rule))

    async def reminders(self) -> Mapping[PlanId, timedelta]:
        return dict(self._reminders.all())

    async def choose_reminder(self, plan_id: PlanId, lead: timedelta | None) -> None:
        if lead is None:
            self._reminders.remove(lambda chosen: chosen[0] == plan_id)
        else:
            self._reminders.save((plan_id, lead))

    async def head(self, plan_id: PlanId, *, lock: bool = False) -> RecordEntry | None:
        found = await self.entries(plan_id)
        return found[-1] if found else None

    async def add(self, entry: RecordEntry) -> None:
        if not self._rows.add_if_new(entry):
            raise RetryLater("somebody else wrote into this record at the same moment")

    async def entries(self, plan_id: PlanId, lower: int = 0, upper: int | None = None) -> Sequence[RecordEntry]:
        return self._rows.many(
            lambda entry: entry.plan_id == plan_id and lower < entry.number < (upper or entry.number + 1),
            order=lambda entry: entry.number,
        )

    async def of_tip(self, tip_id: PostId) -> Sequence[RecordEntry]:
        return self._rows.many(lambda entry: entry.tip_id == tip_id, order=lambda entry: entry.number)

    async def plans(self) -> Sequence[PlanId]:
        firsts = self._rows.many(lambda entry: entry.number == 1, order=lambda entry: (entry.at, entry.plan_id))
        return [entry.plan_id for entry in firsts]

    async def count_revisions(self, plan_id: PlanId) -> Mapping[PostId, int]:
        picks: Rows[Post] = Rows(self._working, "picks", lambda pick: pick.id)
        tips = [
            pick
            for pick in picks.all()
            if pick.plan_id == plan_id and pick.deadline is not None and pick.reminds_of is None
        ]
        return {pick.id: pick.revision for pick in tips}

    async def settlements(self) -> Mapping[PostId, int]:
        acts = {SETTLE_TIP, CORRECT_RESULT}
        lines = [line for line in self._working.tables.get("audit_log", ()) if line.action in acts]
        return Counter(PostId(UUID(line.subject)) for line in lines)

    async def count_unsettled(self, cutoff: datetime) -> int:
        tips = {entry.tip_id: TipHistory(entry.tip_id, await self.of_tip(entry.tip_id)) for entry in self._rows.all()}
        return sum(
            1
            for tip in tips.values()
            if tip.settlement is None and not tip.withdrawn_in_time and tip.facts.starts_at < cutoff
        )

    async def last_before(self, plan_id: PlanId, moment: datetime) -> RecordEntry | None:
        earlier = [entry for entry in await self.entries(plan_id) if entry.at < moment]
        return earlier[-1] if earlier else None

    async def first_start(self, plan_id: PlanId, start: datetime, end: datetime) -> datetime | None:
        claims = [each for each in await self.entries(plan_id) if each.kind in {EntryKind.PUBLISHED, EntryKind.REVISED}]
        return min((each.starts_at for each in claims if start <= each.starts_at < end), default=None)

    async def channel(self, plan_id: PlanId) -> RecordChannel | None:
        return self._channels.one(lambda channel: channel.plan_id == plan_id)

    async def channels(self) -> Sequence[RecordChannel]:
        return self._channels.many(lambda _: True, order=lambda channel: channel.plan_id)

    async def choose_channel(self, plan_id: PlanId, channel: RecordChannel | None) -> None:
        if channel is None:
            self._channels.remove(lambda each: each.plan_id == plan_id)
        else:
            self._channels.save(channel)

    async def add_post(self, post: RecordPost) -> bool:
        await self._check_chosen(post)
        return self._posts.add_if_new(post)

    async def _check_chosen(self, post: RecordPost) -> None:
        if post.kind is PostKind.TEASER:
            head = await self.head(post.plan_id)
            entries = await self.of_tip(PostId(UUID(post.subject)))
            ended = any(each.kind in {EntryKind.WITHDRAWN, EntryKind.SETTLED} for each in entries)
            if head is None or ended or not head.at <= post.at < entries[-1].starts_at:
                raise IntegrityError("record_posts", post, Exception("a teaser is chosen before the start of its tip"))
        if post.kind is PostKind.TIP and await self.post(post.plan_id, PostKind.TEASER, post.subject) is None:
            raise IntegrityError("record_posts", post, Exception("only what was teased is shown whole"))

    async def post(self, plan_id: PlanId, kind: PostKind, subject: str) -> RecordPost | None:
        return self._posts.one(lambda post: (post.plan_id, post.kind, post.subject) == (plan_id, kind, subject))

    async def posts(self, plan_id: PlanId, *kinds: PostKind) -> Sequence[RecordPost]:
        standing = self._posts.many(
            lambda post: post.plan_id == plan_id and post.kind in kinds and post.message_id is not None,
            order=lambda post: post.kind,
        )
        return sorted(standing, key=lambda post: post.at, reverse=True)

    async def mark_posted(self, post: RecordPost, message_id: int, at: datetime) -> None:
        stored = await self.post(post.plan_id, post.kind, post.subject)
        if stored is not None and stored.message_id is None:
            self._posts.save(replace(stored, message_id=message_id, posted_at=at))

    async def last_post(self, plan_id: PlanId, kind: PostKind) -> RecordPost | None:
        posts = self._posts.many(lambda post: (post.plan_id, post.kind) == (plan_id, kind), order=lambda post: post.at)
        return posts[-1] if posts else None

    async def starting_after(self, plan_id: PlanId, moment: datetime) -> Sequence[PostId]:
        claims = {EntryKind.PUBLISHED, EntryKind.REVISED}
        entries = await self.entries(plan_id)
        return list({each.tip_id for each in entries if each.kind in claims and each.starts_at > moment})

    async def starting_between(self, start: datetime, end: datetime) -> Sequence[PostId]:
        claims = {EntryKind.PUBLISHED, EntryKind.REVISED}
        return list({each.tip_id for each in self._rows.all() if each.kind in claims and start <= each.starts_at < end})

    async def open_teasers(self, plan_id: PlanId) -> Sequence[RecordPost]:
        posts = self._posts.many(lambda post: post.plan_id == plan_id, order=lambda post: (post.at, post.subject))
        shown = {post.subject for post in posts if post.kind is PostKind.TIP}
        return [post for post in posts if post.kind is PostKind.TEASER and post.subject not in shown]


REPOSITORIES = {"records": MemoryRecord}
