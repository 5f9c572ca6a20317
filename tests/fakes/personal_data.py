"""In-memory repository of one customer's personal data, for the tables that contain most of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.console_visit import ConsoleVisit
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.notification import KEPT_LONG, Notification
from subscriptions.domain.entities.second_factor import SecondFactor
from subscriptions.domain.entities.staff_invitation import StaffInvitation
from subscriptions.domain.entities.staff_operation import StaffOperation
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus
from subscriptions.domain.ports.repositories.people import HeldRows, Record
from tests.fakes.memory import Rows, Working
from tests.fakes.messages import UpdateRow
from tests.support.of_features import of_features

Erase = Callable[[Working, CustomerId], int]
"""Function that removes a customer's rows from a feature's tables and returns the number of removed rows."""


class MemoryPersonalData:
    """In-memory PersonalDataRepository."""

    def __init__(self, working: Working) -> None:
        self._customers: Rows[Customer] = Rows(working, "customers", lambda c: c.id)
        self._notifications: Rows[Notification] = Rows(working, "notifications", lambda n: n.id)
        self._updates: Rows[UpdateRow] = Rows(working, "bot_updates", lambda r: (r.update.bot_id, r.update.update_id))
        self._working = working
        self._dialogues: Rows[Dialogue] = Rows(working, "dialogues", lambda d: d.person)
        self._visits: Rows[ConsoleVisit] = Rows(working, "console_visits", lambda v: v.link)
        self._factors: Rows[SecondFactor] = Rows(working, "second_factors", lambda f: f.person)
        self._invitations: Rows[StaffInvitation] = Rows(working, "staff_invitations", lambda i: i.id)
        self._presses: Rows[Any] = Rows(working, "app_presses", lambda p: p.id)
        self._pictures: Rows[Any] = Rows(working, "pick_pictures", lambda p: p.pick_id)
        self._operations: Rows[StaffOperation] = Rows(working, "staff_operations", lambda o: o.id)
        self._trial_marks: Rows[tuple[str, datetime]] = Rows(working, "trial_marks", lambda m: m[0])
        self._looks: Rows[tuple[ChannelLook, datetime]] = Rows(working, "seen_chats", lambda s: s[0].chat)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._inbox: Rows[InboxEntry] = Rows(working, "webhook_inbox", lambda e: e.id)

    async def list_rows(
        self, telegram_id: TelegramId, customer: Customer | None, limit: int | None = None
    ) -> Sequence[HeldRows]:
        own = {
            "bot_updates": [asdict(r.update) for r in self._updates.all() if r.update.chat_key == telegram_id],
            "notifications": [asdict(n) for n in self._notifications.all() if n.recipient == telegram_id],
            "customers": [asdict(c) for c in self._customers.all() if c.telegram_id == telegram_id],
        }
        cut = {table: limit is not None and limit < len(rows) for table, rows in own.items()}
        return [
            HeldRows(table=table, rows=rows[:limit], stays="", is_cut=cut[table]) for table, rows in own.items() if rows
        ]

    async def count_named(self, telegram_id: TelegramId) -> Mapping[str, int]:
        return {held.table: len(held.rows) for held in await self.list_rows(telegram_id, None)}

    async def busy(self, telegram_id: TelegramId) -> bool:
        return any(r.update.chat_key == telegram_id and r.done_at is None for r in self._updates.all())

    async def letter_held(self, telegram_id: TelegramId, customer: Customer) -> str | None:
        parked = [e.event for e in self._inbox.all() if e.status is InboxStatus.PARKED]
        return next((e.order_id or e.event_key for e in parked if e.telegram_id == telegram_id), None)

    async def erase(
        self, telegram_id: TelegramId, customer: Customer | None, stand_in: TelegramId, now: datetime
    ) -> Mapping[str, int]:
        def about(notified: Notification) -> bool:
            subject = "" if customer is None else str(customer.id)
            return notified.kind == "owner_news" and subject in notified.params.values()

        known = [self._customers.one(lambda c: c.telegram_id == telegram_id)]
        for each in known:
            if each is not None:
                gone = replace(
                    each,
                    telegram_id=stand_in,
                    first_name="—",
                    username=None,
                    source=None,
                    blocked_at=now,
                    unopened_at=None,
                )
                gone.referrer_id = gone.brought_payment_id = None
                self._customers.save(gone)
        changed = {
            "bot_updates": self._updates.remove(lambda r: r.update.chat_key == telegram_id),
            "notifications": self._notifications.remove(lambda n: n.recipient == telegram_id or about(n)),
            "dialogues": self._dialogues.remove(lambda d: d.person == telegram_id),
            "console_visits": self._visits.remove(lambda v: v.person == telegram_id),
            "second_factors": self._factors.remove(lambda f: f.person == telegram_id),
            "staff_invitations": self._invitations.remove(lambda i: i.opened_by == telegram_id),
            "app_presses": self._presses.remove(lambda p: p.person == telegram_id),
            "customers": sum(each is not None for each in known),
        }
        if customer is not None:
            erasures: dict[str, Erase] = of_features("memory", "ERASE")
            changed |= {table: erase(self._working, customer.id) for table, erase in erasures.items()}
        return {table: count for table, count in changed.items() if count}

    async def keep_trial_mark(self, mark: str, now: datetime) -> None:
        if not await self.has_trial_mark(mark):
            self._trial_marks.save((mark, now))

    async def has_trial_mark(self, mark: str) -> bool:
        return self._trial_marks.one(lambda m: m[0] == mark) is not None

    async def prune(self, record: Record, now: datetime, keep: timedelta, limit: int) -> int:
        before = now - keep
        if record is Record.UPDATES:
            return self._updates.remove(lambda r: r.done_at is not None and r.done_at < before)
        if record in {Record.DIALOGUES, Record.CONSOLE_VISITS}:
            talks = record is Record.DIALOGUES
            gone = self._dialogues.remove(lambda d: talks and d.expires_at <= before)
            return gone + self._visits.remove(lambda v: not talks and v.offered_at < before)
        aged = {
            Record.APP_PRESSES: lambda: self._presses.remove(lambda p: p.asked_at < before),
            Record.OPERATIONS: lambda: self._operations.remove(lambda o: o.at < before),
            Record.PICTURES: lambda: self._pictures.remove(lambda p: p.created_at < before),
            Record.SEEN_CHATS: lambda: self._looks.remove(
                lambda s: s[1] < before and all(c.channel_id != s[0].chat for c in self._channels.all())
            ),
            Record.TRIAL_MARKS: lambda: self._trial_marks.remove(lambda m: m[1] < before),
        }
        if record in aged:
            return aged[record]()
        if record is Record.NOTIFICATIONS:
            sent_before = [
                n for n in self._notifications.all() if n.recipient and n.sent_at is not None and n.sent_at < before
            ]
            old = [n for n in sent_before if n.text is None or n.kind not in KEPT_LONG]
            for reported in old:
                self._notifications.save(replace(reported, recipient=TelegramId(0), params={}, text=None))
            return len(old) + self._prune_of_features(record, before)
        if record is Record.WEBHOOK_BODIES:
            read = [e for e in self._inbox.all() if e.status is not InboxStatus.PENDING and e.body and e.handled_at]
            spent = [e for e in read if e.handled_at is not None and e.handled_at < before]
            for entry in spent:
                self._inbox.save(replace(entry, body=b""))
            return len(spent)
        return self._prune_of_features(record, before)

    def _prune_of_features(self, record: Record, before: datetime) -> int:
        prunes = [prune for of, prune in of_features("memory", "PRUNE").values() if of is record]
        return sum(prune(self._working, before) for prune in prunes)
