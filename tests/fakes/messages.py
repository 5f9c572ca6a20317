"""In-memory repositories of posts, notifications, inboxes, the audit log, variables and the schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from subscriptions.domain.entities.delivery import BLOCKED_BOT, NEVER_OPENED
from subscriptions.domain.entities.notification import CardKind, MessageKind, Notification
from subscriptions.domain.entities.post import Post, PostDelivery, PostStatus
from subscriptions.domain.entities.variable import T, Variable, moment
from subscriptions.domain.ids import (
    ChannelId,
    CustomerId,
    DeliveryId,
    InboxId,
    NotificationId,
    PlanId,
    PostId,
    TelegramId,
)
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus, Origin, StoredUpdate
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.repositories.schedule import WorkKey
from subscriptions.domain.services.purchase import REVERSALS
from tests.fakes.memory import Rows, Working
from tests.support.audit_words import check_line

UNDER_WAY: Final = "messages_under_way"
"""Table of the messages that a test marks as not yet sent, by kind and customer."""


class MemoryPosts:
    """In-memory PostRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Post] = Rows(
            working,
            "picks",
            lambda p: p.id,
            {"one_pick_per_key": lambda p: p.key, "one_reminder_per_tip": lambda p: p.reminds_of},
        )
        self._deliveries: Rows[PostDelivery] = Rows(
            working,
            "pick_deliveries",
            lambda d: d.id,
            {"one_delivery_per_pick_and_channel": lambda d: (d.post_id, d.channel_id)},
        )

    async def get(self, post_id: PostId, *, lock: bool = False) -> Post | None:
        return self._rows.one(lambda p: p.id == post_id, lock=lock)

    async def by_key(self, key: str, *, lock: bool = False) -> Post | None:
        return self._rows.one(lambda p: p.key == key, lock=lock)

    async def add_if_new(self, pick: Post) -> bool:
        return self._rows.add_if_new(pick)

    async def save(self, pick: Post) -> None:
        self._rows.save(pick)

    async def newest(self, limit: int) -> Sequence[Post]:
        return self._rows.many(lambda _: True, order=lambda p: (p.created_at, p.id))[::-1][:limit]

    async def add_delivery_if_new(self, delivery: PostDelivery) -> bool:
        return self._deliveries.add_if_new(delivery)

    async def deliveries(self, post_id: PostId) -> Sequence[PostDelivery]:
        return self._deliveries.many(lambda d: d.post_id == post_id, order=lambda d: (d.created_at, d.id))

    async def counts(self, post_id: PostId) -> Mapping[tuple[int, str | None], int]:
        return Counter((each.revision, each.failed) for each in await self.deliveries(post_id))

    async def unshown(self, channel_id: ChannelId) -> Sequence[PostDelivery]:
        said = {pick.id: pick.revision for pick in self._rows.all()}
        return self._deliveries.many(
            lambda d: d.channel_id == channel_id and d.failed is not None and d.revision != said[d.post_id],
            order=lambda d: (d.created_at, d.id),
        )

    async def accepted_between(self, plan_id: PlanId, start: datetime, end: datetime) -> Sequence[Post]:
        return self._rows.many(
            lambda p: p.plan_id == plan_id and start <= p.created_at < end and p.status is PostStatus.ACCEPTED,
            order=lambda p: (p.created_at, p.id),
        )

    async def reminders(self, moment: datetime) -> Sequence[Post]:
        return self._rows.many(
            lambda p: (
                p.reminds_of is not None
                and p.deadline is not None
                and p.deadline > moment
                and p.status is PostStatus.ACCEPTED
            ),
            order=lambda p: (p.deadline, p.id),
        )

    async def copy_in(self, post_id: PostId, channel_id: ChannelId) -> PostDelivery | None:
        return self._deliveries.one(lambda d: (d.post_id, d.channel_id) == (post_id, channel_id))

    async def unposted_before_deadline(self, start: datetime, end: datetime) -> Sequence[Post]:
        posted = {each.post_id for each in self._deliveries.all()}
        posted -= {each.post_id for each in self._deliveries.all() if each.revision == 0}
        return self._rows.many(
            lambda p: (
                p.deadline is not None and p.reminds_of is None and start <= p.deadline < end and p.id not in posted
            ),
            order=lambda p: (p.deadline, p.id),
        )

    async def get_delivery(self, delivery_id: DeliveryId, *, lock: bool = False) -> PostDelivery | None:
        return self._deliveries.one(lambda d: d.id == delivery_id, lock=lock)

    async def save_delivery(self, delivery: PostDelivery) -> None:
        self._deliveries.save(delivery)


class MemoryNotifications:
    """In-memory NotificationRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Notification] = Rows(
            working, "notifications", lambda n: n.id, {"one_notification_per_key": lambda n: n.key}
        )
        self._under_way: Rows[tuple[MessageKind, CustomerId]] = Rows(working, UNDER_WAY, lambda notified: notified)

    async def add_if_new(self, notification: Notification) -> bool:
        return self._rows.add_if_new(notification)

    async def get(self, notification_id: NotificationId, *, lock: bool = False) -> Notification | None:
        return self._rows.one(lambda n: n.id == notification_id, lock=lock)

    async def by_key(self, key: str, *, lock: bool = False) -> Notification | None:
        return self._rows.one(lambda n: n.key == key, lock=lock)

    async def save(self, notification: Notification) -> None:
        self._rows.save(notification)

    async def kept_for(self, recipient: TelegramId, *, lock: bool = False) -> Sequence[Notification]:
        return self._rows.many(
            lambda n: n.recipient == recipient and n.failed in {BLOCKED_BOT, NEVER_OPENED} and n.subject is not None,
            order=lambda n: (n.created_at, n.id),
            lock=lock,
        )

    async def readdress(self, old_id: TelegramId, new_id: TelegramId) -> None:
        for notification in self._rows.many(
            lambda n: n.recipient == old_id and n.sent_at is None, order=lambda n: n.id, lock=True
        ):
            notification.recipient = new_id
            self._rows.save(notification)

    async def owed(self, kind: MessageKind, recipient: TelegramId) -> Sequence[Notification]:
        return self._rows.many(
            lambda n: (n.kind, n.recipient) == (kind, recipient) and not n.is_settled,
            order=lambda n: (n.created_at, n.id),
        )

    async def last_sent(self, kind: MessageKind, recipient: TelegramId) -> datetime | None:
        notified = [n.sent_at for n in self._rows.all() if (n.kind, n.recipient) == (kind, recipient)]
        return max((at for at in notified if at is not None), default=None)

    async def sent_to(
        self, recipient: TelegramId, kinds: Collection[MessageKind | CardKind], limit: int
    ) -> Sequence[Notification]:
        found = self._rows.many(
            lambda n: n.recipient == recipient and n.kind in kinds and n.message_id is not None,
            order=lambda n: n.created_at,
        )
        return found[::-1][:limit]

    async def is_notification_queued(self, kind: MessageKind, customer_id: CustomerId) -> bool:
        """Return True if the test has marked the message as pending. In memory, jobs run only when the test runs
        them.
        """
        return (kind, customer_id) in self._under_way.all()


class MemoryInbox:
    """In-memory WebhookInbox."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[InboxEntry] = Rows(
            working,
            "webhook_inbox",
            lambda e: e.id,
            {
                "one_inbox_row_per_provider_event": lambda e: (e.event.provider, e.event.event_key),
                "one_event_per_transmission": lambda e: (
                    (e.event.provider, e.event.transmission) if e.event.transmission is not None else None
                ),
            },
        )

    async def add_if_new(self, entry: InboxEntry) -> bool:
        return self._rows.add_if_new(entry)

    async def add_new(self, entries: Sequence[InboxEntry]) -> frozenset[InboxId]:
        return frozenset(entry.id for entry in entries if self._rows.add_if_new(entry))

    async def stored_keys(self, provider: str, keys: Collection[str]) -> Collection[str]:
        known = (e.event for e in self._rows.all())
        return {event.event_key for event in known if event.provider == provider and event.event_key in keys}

    async def get(self, inbox_id: InboxId, *, lock: bool = False) -> InboxEntry | None:
        return self._rows.one(lambda e: e.id == inbox_id, lock=lock)

    async def count_received(self, provider: str, origin: Origin, start: datetime) -> tuple[int, datetime | None]:
        found = self._rows.many(
            lambda e: (e.event.provider, e.origin) == (provider, origin) and e.received_at >= start,
            order=lambda e: e.received_at,
        )
        return len(found), found[-1].received_at if found else None

    async def save(self, entry: InboxEntry) -> None:
        self._rows.save(entry)

    async def list_pending(self, limit: int) -> Sequence[InboxEntry]:
        return self._rows.many(lambda e: e.status is InboxStatus.PENDING, order=lambda e: (e.received_at, e.id))[:limit]

    async def list_parked(self, start: datetime, limit: int) -> Sequence[InboxEntry]:
        fits = lambda e: e.status is InboxStatus.PARKED and e.received_at >= start  # noqa: E731
        return self._rows.many(fits, order=lambda e: (e.received_at, e.id))[:limit]

    async def reopen(self, provider: str, refs: Collection[str], but_note: str) -> Sequence[InboxId]:
        def names_one(entry: InboxEntry) -> bool:
            event, is_reversal = entry.event, entry.event.kind in REVERSALS
            named = {event.order_id, event.payment_key, event.about_payment, event.subscription_ref, event.checkout_ref}
            waits = entry.status is InboxStatus.PARKED or (entry.status is InboxStatus.IGNORED and is_reversal)
            return waits and event.provider == provider and entry.note != but_note and bool(named & set(refs))

        found = [entry for entry in self._rows.entities() if names_one(entry)]
        for entry in found:
            self._rows.save(replace(entry, status=InboxStatus.PENDING, attempts=0, handled_at=None))
        return [entry.id for entry in found]

    async def newest(self, provider: str, origin: Origin, latest: datetime) -> InboxEntry | None:
        found = self._rows.many(
            lambda e: (e.event.provider, e.origin) == (provider, origin) and e.received_at <= latest,
            order=lambda e: e.received_at,
        )
        return found[-1] if found else None


@dataclass
class UpdateRow:
    """Telegram update and its processing state."""

    update: StoredUpdate
    done_at: datetime | None = None
    failed: str | None = None


class MemoryUpdates:
    """In-memory UpdateInbox."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[UpdateRow] = Rows(working, "bot_updates", lambda r: (r.update.bot_id, r.update.update_id))

    async def add_new(self, updates: Sequence[StoredUpdate]) -> frozenset[int]:
        return frozenset(each.update_id for each in updates if self._rows.add_if_new(UpdateRow(each)))

    async def open_in_chat(self, bot_id: int, chat_key: int, limit: int) -> Sequence[StoredUpdate]:
        rows = self._rows.many(
            lambda r: r.done_at is None and (r.update.bot_id, r.update.chat_key) == (bot_id, chat_key),
            order=lambda r: r.update.update_id,
        )
        return [row.update for row in rows[:limit]]

    async def finish(self, bot_id: int, update_id: int, at: datetime, *, failure: str | None = None) -> None:
        row = self._row(bot_id, update_id)
        if row is not None:
            self._rows.save(replace(row, done_at=at, failed=failure))

    async def count_try(self, bot_id: int, update_id: int, attempts: int) -> None:
        row = self._row(bot_id, update_id)
        if row is not None:
            self._rows.save(replace(row, update=replace(row.update, attempts=attempts)))

    async def rewrite(self, bot_id: int, update_id: int, payload: Mapping[str, object]) -> None:
        row = self._row(bot_id, update_id)
        if row is not None:
            self._rows.save(replace(row, update=replace(row.update, payload=payload)))

    async def forget_late(self, bot_id: int, update_id: int, kinds: Collection[str]) -> None:
        """Do nothing: no customer is erased in memory."""

    def _row(self, bot_id: int, update_id: int) -> UpdateRow | None:
        return self._rows.one(lambda r: (r.update.bot_id, r.update.update_id) == (bot_id, update_id))


@dataclass(frozen=True, kw_only=True)
class StoredLine(AuditLine):
    """An audit line as the table stores it."""

    number: int


class MemoryAudit:
    """In-memory AuditRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[StoredLine] = Rows(working, "audit_log", lambda line: line.number)

    async def record(
        self, *, actor: str, action: str, subject: str, reason: str, at: datetime, facts: dict[str, str] | None = None
    ) -> None:
        check_line(action, facts or {})
        number = len(self._rows.all()) + 1
        self._rows.save(
            StoredLine(
                number=number,
                actor=actor,
                action=action,
                subject=subject,
                reason=reason,
                at=at,
                facts=dict(facts or {}),
            )
        )

    async def of_subject(self, subject: str, limit: int) -> Sequence[AuditLine]:
        return self._rows.many(
            lambda line: line.subject == subject, order=lambda line: (-line.at.timestamp(), -line.number)
        )[:limit]

    async def of_subjects(self, subjects: Collection[str], actions: Collection[str]) -> Sequence[AuditLine]:
        return self._rows.many(
            lambda line: line.subject in subjects and line.action in actions,
            order=lambda line: (-line.at.timestamp(), -line.number),
        )

    async def list_since(self, moment: datetime, actions: Collection[str], limit: int) -> Sequence[AuditLine]:
        return self._rows.many(
            lambda line: line.at >= moment and line.action in actions,
            order=lambda line: (-line.at.timestamp(), -line.number),
        )[:limit]


DATABASE_TIME: Final = moment("database_time")
"""Time of the database's clock; unset if equal to the time of the process."""


class MemoryVariables:
    """In-memory VariableRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[tuple[str, str]] = Rows(working, "variables", lambda pair: pair[0])

    async def get(self, variable: Variable[T]) -> T | None:
        kept = self._kept(variable)
        return variable.parse(kept) if kept is not None else None

    async def set(self, variable: Variable[T], value: T | None) -> None:
        self._rows.save((variable.name, variable.write(value) if value is not None else ""))

    async def raise_to(self, variable: Variable[T], value: T) -> None:
        if (self._kept(variable) or "") < variable.write(value):
            await self.set(variable, value)

    async def database_time(self) -> datetime:
        return await self.get(DATABASE_TIME) or datetime.now(UTC)

    def _kept(self, variable: Variable[T]) -> str | None:
        pair = self._rows.one(lambda pair: pair[0] == variable.name)
        return pair[1] if pair else None


class MemorySchedule:
    """In-memory ScheduleRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[tuple[WorkKey, datetime]] = Rows(working, "schedule", lambda row: row[0])

    async def last_runs(self) -> Mapping[WorkKey, datetime]:
        return dict(self._rows.many(lambda row: True, order=lambda row: row[0]))

    async def note(self, runs: Mapping[WorkKey, datetime]) -> None:
        for run in runs.items():
            self._rows.save(run)
