"""PostgreSQL repository of the tip records of plans."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from features.record.domain.record import EntryKind, RecordEntry, WithdrawnRule
from features.record.domain.record_post import PostKind, RecordChannel, RecordPost
from features.record.permissions import CORRECT_RESULT, SETTLE_TIP
from features.record.ports.records import RECORDS_KEY
from features.record.tables import record_channels, record_entries, record_posts, record_rules, tip_reminders
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.ids import PlanId, PostId
from subscriptions.infrastructure.database.errors import constraint_of
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import audit_log, posts
from subscriptions.infrastructure.repositories.store import TableStore, Unit

ENTRY: Final = RowMapper(RecordEntry)
CHANNEL: Final = RowMapper(RecordChannel)
POST: Final = RowMapper(RecordPost)
_CHAIN: Final = 0x7265636F7264
"""Namespace of the PostgreSQL advisory locks that serialize new entries in a plan's record."""
_ANOTHER_WAS_FIRST: Final = "somebody else wrote into this record at the same moment"
_CLOCKS_DIFFER: Final = (
    "this process's clock and the database's clock differ by more than a minute, so nothing is entered into the record;"
    " set both right"
)


class SqlRecordRepository:
    """RecordRepository in PostgreSQL."""

    key: ClassVar = RECORDS_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._entries = TableStore(unit, record_entries, ENTRY)
        self._channels = TableStore(unit, record_channels, CHANNEL)
        self._posts = TableStore(unit, record_posts, POST)

    async def head(self, plan_id: PlanId, *, lock: bool = False) -> RecordEntry | None:
        """Implements `RecordRepository.head`. `lock` takes an advisory lock, because a row lock would require the right
        to update rows, which a process that only adds entries does not have.
        """
        if lock:
            key = func.hashtextextended(str(plan_id), _CHAIN)
            await self._unit.connection.execute(select(func.pg_advisory_xact_lock(key)))
        newest = select(record_entries).where(record_entries.c.plan_id == plan_id)
        found_record_entries = await self._entries.all(newest.order_by(record_entries.c.number.desc()).limit(1))
        return found_record_entries[0] if found_record_entries else None

    async def rule(self, plan_id: PlanId) -> WithdrawnRule:
        """Implements `RecordRepository.rule`."""
        statement = select(record_rules.c.withdrawn).where(record_rules.c.plan_id == plan_id)
        rule = (await self._unit.connection.execute(statement)).scalar_one_or_none()
        return WithdrawnRule(rule) if rule is not None else WithdrawnRule.VOID

    async def choose_rule(self, plan_id: PlanId, rule: WithdrawnRule) -> None:
        """Implements `RecordRepository.choose_rule`."""
        row = insert(record_rules).values(plan_id=plan_id, withdrawn=rule.value)
        statement = row.on_conflict_do_update(index_elements=["plan_id"], set_={"withdrawn": rule.value})
        await self._unit.connection.execute(statement)

    async def reminders(self) -> Mapping[PlanId, timedelta]:
        """Implements `RecordRepository.reminders`."""
        rows = await self._unit.connection.execute(select(tip_reminders.c.plan_id, tip_reminders.c.minutes))
        return {PlanId(plan_id): timedelta(minutes=minutes) for plan_id, minutes in rows}

    async def choose_reminder(self, plan_id: PlanId, lead: timedelta | None) -> None:
        """Implements `RecordRepository.choose_reminder`."""
        if lead is None:
            await self._unit.connection.execute(delete(tip_reminders).where(tip_reminders.c.plan_id == plan_id))
            return
        minutes = lead // timedelta(minutes=1)
        row = insert(tip_reminders).values(plan_id=plan_id, minutes=minutes)
        statement = row.on_conflict_do_update(index_elements=["plan_id"], set_={"minutes": minutes})
        await self._unit.connection.execute(statement)

    async def add(self, entry: RecordEntry) -> None:
        """Implements `RecordRepository.add`. If the database refuses the entry, raise InvalidInput for a start in the
        past, and RetryLater if the clocks differ or another entry was added first.
        """
        try:
            is_new = await self._entries.add_if_new(entry)
        except DBAPIError as error:
            match constraint_of(error):
                case "record_entry_start" if entry.kind in {EntryKind.PUBLISHED, EntryKind.REVISED}:
                    raise InvalidInput("starts_at", "must not be in the past") from error
                case "record_entry_time":
                    raise RetryLater(_CLOCKS_DIFFER) from error
                case "record_entry_number" | "record_entry_previous":
                    raise RetryLater(_ANOTHER_WAS_FIRST) from error
                case _:
                    raise
        if not is_new:
            raise RetryLater(_ANOTHER_WAS_FIRST)

    async def entries(self, plan_id: PlanId, lower: int = 0, upper: int | None = None) -> Sequence[RecordEntry]:
        """Implements `RecordRepository.entries`."""
        number = record_entries.c.number
        bounds = [number < upper] if upper is not None else []
        return await self._entries.many(number > lower, *bounds, plan_id=plan_id, order=(number,))

    async def of_tip(self, tip_id: PostId) -> Sequence[RecordEntry]:
        """Return all record entries about one tip, ordered by their number in the plan's record."""
        return await self._entries.many(tip_id=tip_id, order=(record_entries.c.number,))

    async def plans(self) -> Sequence[PlanId]:
        """Return the plans that have a record."""
        columns = record_entries.c
        first_entries = select(columns.plan_id).where(columns.number == 1).order_by(columns.at, columns.plan_id)
        return [PlanId(plan_id) for plan_id in (await self._unit.connection.execute(first_entries)).scalars()]

    async def count_revisions(self, plan_id: PlanId) -> Mapping[PostId, int]:
        """Implements `RecordRepository.count_revisions`."""
        columns = posts.c
        tips = select(columns.id, columns.revision).where(
            columns.plan_id == plan_id, columns.deadline.is_not(None), columns.reminds_of.is_(None)
        )
        return {PostId(tip): int(revision) for tip, revision in await self._unit.connection.execute(tips)}

    async def settlements(self) -> Mapping[PostId, int]:
        """Implements `RecordRepository.settlements`."""
        columns = audit_log.c
        commands = (SETTLE_TIP, CORRECT_RESULT)
        statement = select(columns.subject, func.count()).where(columns.action.in_(commands)).group_by(columns.subject)
        return {PostId(UUID(tip)): int(number) for tip, number in await self._unit.connection.execute(statement)}

    async def count_unsettled(self, cutoff: datetime) -> int:
        """Implements `RecordRepository.count_unsettled`."""
        columns = record_entries.c
        withdrawn = and_(columns.kind == EntryKind.WITHDRAWN.value, columns.at < columns.starts_at)
        is_settled = columns.kind.in_((EntryKind.SETTLED.value, EntryKind.RESETTLED.value))
        claims = columns.kind.in_((EntryKind.PUBLISHED.value, EntryKind.REVISED.value))
        newest_start = func.max(columns.number).filter(claims)
        tips = select(columns.plan_id, newest_start.label("number")).group_by(columns.plan_id, columns.tip_id)
        open_tips = tips.having(~func.bool_or(or_(withdrawn, is_settled))).subquery()
        has_started = (
            select(func.count())
            .select_from(
                record_entries.join(
                    open_tips, and_(columns.plan_id == open_tips.c.plan_id, columns.number == open_tips.c.number)
                )
            )
            .where(columns.starts_at < cutoff)
        )
        return int((await self._unit.connection.execute(has_started)).scalar_one())

    async def last_before(self, plan_id: PlanId, moment: datetime) -> RecordEntry | None:
        """Implements `RecordRepository.last_before`."""
        columns = record_entries.c
        earlier = select(record_entries).where(columns.plan_id == plan_id, columns.at < moment)
        entries = await self._entries.all(earlier.order_by(columns.number.desc()).limit(1))
        return entries[0] if entries else None

    async def first_start(self, plan_id: PlanId, start: datetime, end: datetime) -> datetime | None:
        """Implements `RecordRepository.first_start`."""
        columns = record_entries.c
        claims = columns.kind.in_((EntryKind.PUBLISHED.value, EntryKind.REVISED.value))
        statement = select(func.min(columns.starts_at)).where(
            columns.plan_id == plan_id, claims, columns.starts_at >= start, columns.starts_at < end
        )
        start_at: datetime | None = (await self._unit.connection.execute(statement)).scalar_one()
        return start_at

    async def channel(self, plan_id: PlanId) -> RecordChannel | None:
        """Implements `RecordRepository.channel`."""
        return await self._channels.one(plan_id=plan_id)

    async def channels(self) -> Sequence[RecordChannel]:
        """Implements `RecordRepository.channels`."""
        return await self._channels.many(order=(record_channels.c.plan_id,), skips_unreadable=True)

    async def choose_channel(self, plan_id: PlanId, channel: RecordChannel | None) -> None:
        """Implements `RecordRepository.choose_channel`."""
        if channel is None:
            await self._unit.connection.execute(delete(record_channels).where(record_channels.c.plan_id == plan_id))
        else:
            await self._channels.save(channel)

    async def add_post(self, post: RecordPost) -> bool:
        """Implements `RecordRepository.add_post`."""
        return await self._posts.add_if_new(post)

    async def post(self, plan_id: PlanId, kind: PostKind, subject: str) -> RecordPost | None:
        """Implements `RecordRepository.post`."""
        return await self._posts.one(plan_id=plan_id, kind=kind.value, subject=subject)

    async def posts(self, plan_id: PlanId, *kinds: PostKind) -> Sequence[RecordPost]:
        """Implements `RecordRepository.posts`."""
        columns = record_posts.c
        conditions = (columns.message_id.is_not(None), columns.kind.in_(sorted(kinds)))
        return await self._posts.many(*conditions, plan_id=plan_id, order=(columns.at.desc(), columns.kind))

    async def mark_posted(self, post: RecordPost, message_id: int, at: datetime) -> None:
        """Implements `RecordRepository.mark_posted`."""
        columns = record_posts.c
        this = (columns.plan_id == post.plan_id, columns.kind == post.kind.value, columns.subject == post.subject)
        statement = update(record_posts).where(*this, columns.message_id.is_(None))
        await self._unit.connection.execute(statement.values(message_id=message_id, posted_at=at))

    async def last_post(self, plan_id: PlanId, kind: PostKind) -> RecordPost | None:
        """Implements `RecordRepository.last_post`."""
        columns = record_posts.c
        newest = select(record_posts).where(columns.plan_id == plan_id, columns.kind == kind.value)
        posts = await self._posts.all(newest.order_by(columns.at.desc()).limit(1))
        return posts[0] if posts else None

    async def starting_after(self, plan_id: PlanId, moment: datetime) -> Sequence[PostId]:
        """Implements `RecordRepository.starting_after`."""
        columns = record_entries.c
        claims = columns.kind.in_((EntryKind.PUBLISHED.value, EntryKind.REVISED.value))
        statement = (
            select(columns.tip_id).where(columns.plan_id == plan_id, columns.starts_at > moment, claims).distinct()
        )
        return [PostId(tip) for tip in (await self._unit.connection.execute(statement)).scalars()]

    async def starting_between(self, start: datetime, end: datetime) -> Sequence[PostId]:
        """Implements `RecordRepository.starting_between`."""
        columns = record_entries.c
        claims = columns.kind.in_((EntryKind.PUBLISHED.value, EntryKind.REVISED.value))
        statement = select(columns.tip_id).where(claims, columns.starts_at >= start, columns.starts_at < end)
        return [PostId(tip) for tip in (await self._unit.connection.execute(statement.distinct())).scalars()]

    async def open_teasers(self, plan_id: PlanId) -> Sequence[RecordPost]:
        """Implements `RecordRepository.open_teasers`."""
        columns, whole = record_posts.c, record_posts.alias("whole")
        is_shown = exists().where(
            whole.c.plan_id == columns.plan_id,
            whole.c.kind == PostKind.TIP.value,
            whole.c.subject == columns.subject,
        )
        teasers = select(record_posts).where(
            columns.plan_id == plan_id, columns.kind == PostKind.TEASER.value, ~is_shown
        )
        return await self._posts.all(teasers.order_by(columns.at, columns.subject))


REPOSITORIES: Final = (SqlRecordRepository,)
