"""Reader of the product's records, which reads tables again only if they may have changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, Final

from tests.year.line import Line
from tests.year.written import Written

Row = dict[str, Any]
Span = tuple[datetime, datetime]

_STANDING = """
SELECT s.id, s.order_id, s.status, s.access_until, s.provider_ref, s.paused_for, s.ended_at, s.end_reason,
       s.cancel_at_period_end AS cancels,
       c.telegram_id AS person, p.soft_id AS plan, p.access AS opens,
       ch.channel_id AS chat, ch.status AS channel,
       ch.id AS channel_row, ch.subscription_id = s.id AS behind, a.id AS access_row, a.status AS access, a.ends_at
FROM subscriptions AS s
JOIN customers AS c ON c.id = s.customer_id
JOIN service_plans AS p ON p.id = s.plan_id
LEFT JOIN telegram_channels AS ch
       ON ch.customer_id = s.customer_id AND ch.plan_id = s.plan_id AND ch.status <> 'deleted'
LEFT JOIN accesses AS a ON a.channel_id = ch.id AND a.customer_id = s.customer_id
ORDER BY s.created_at, s.id
"""

_GUESTS = """
SELECT c.telegram_id AS person, ch.channel_id AS chat, a.id AS access_row, a.status AS access, a.ends_at,
       e.vip_entry_stage AS stage
FROM telegram_channels AS ch
JOIN accesses AS a ON a.channel_id = ch.id
JOIN customers AS c ON c.id = a.customer_id
LEFT JOIN vip_entries AS e ON e.customer_id = c.id AND ch.kind = 'vip'
WHERE ch.kind <> 'personal' ORDER BY c.telegram_id, ch.channel_id
"""

_LEDGER = """
SELECT id, subscription_id, kind, source_key, starts_at, length, payment_id FROM ledger_entries
WHERE id > $1 ORDER BY id
"""

_PAYMENTS = """
SELECT pay.id, pay.payment_key, pay.status, pay.flag, pay.amount_minor, pay.subscription_id, pay.recorded_at,
       pay.is_renewal, c.telegram_id AS person
FROM payments AS pay JOIN customers AS c ON c.id = pay.customer_id ORDER BY pay.recorded_at, pay.id
"""

_REVERSALS = """
SELECT refund_key AS key, status FROM refunds UNION ALL SELECT dispute_key, status FROM disputes
"""

_LAST_RECEIVED = """
SELECT max(received_at) FILTER (WHERE origin = 'told') AS told,
       max(received_at) FILTER (WHERE origin = 'asked') AS asked
FROM webhook_inbox
"""

_ALARMS = """
SELECT kind, key, raised_at, facts FROM alarms WHERE closed_at IS NULL ORDER BY raised_at, key
"""

_RECEIPTS = """
SELECT series, year, number, kind, source_id, amount_minor FROM receipts ORDER BY series, year, number
"""

_HANDLED = """
SELECT event_key, status, note, handled_at, received_at FROM webhook_inbox
WHERE handled_at >= $1 OR status = 'pending' ORDER BY received_at, event_key
"""

_NOTICES = """
SELECT key, kind, recipient AS person, params, repeated, sent_at, failed, created_at FROM notifications
WHERE created_at >= $1 OR (sent_at IS NULL AND failed IS NULL) ORDER BY created_at, key
"""

OVERLAP, TICK = timedelta(hours=3), timedelta(microseconds=1)

_READ_FROM: Final[Mapping[str, frozenset[str]]] = {
    query: frozenset(re.findall(r"(?:FROM|JOIN) (\w+)", query))
    for query in (
        _STANDING,
        _GUESTS,
        _LEDGER,
        _PAYMENTS,
        _REVERSALS,
        _LAST_RECEIVED,
        _ALARMS,
        _RECEIPTS,
        _HANDLED,
        _NOTICES,
    )
}
"""Tables read by each of these queries."""


class Reading:
    """The product's rows that the checks need. notices: every queued message, by key; unsent: the messages not sent
    yet. applied: processing time of each event, by key.

    guests: people who have or had access to a shared chat, with the step of their entry. reversals: refunds and
    disputes, by the provider's key. received, asked: time of the last event received by webhook, and of the last
    one found by fetching. open_alarms: the newest open alarm of each kind. excused: people whose rows are not read;
    excused_chats: channels that may belong to these people.

    by_chat, by_ref: the first current row of each channel, and of each of the provider's subscriptions.

    codes_entered: number of ledger entries of each code. changed: True if the last call of `look` read any table again.
    """

    def __init__(self, connection: Line, written: Written) -> None:
        """Create the reader.

        written: tables that the product has written since the last read. Only these tables are read again.
        """
        self._connection = connection
        self._written = written
        self._unread: set[str] | None = None
        self._answers: dict[str, tuple[Sequence[Any], list[Row]]] = {}
        self._last_entry = 0
        self.standing: list[Row] = []
        self.by_chat: dict[int, Row] = {}
        self.by_ref: dict[str, list[Row]] = {}
        self.guests: list[Row] = []
        self.entries: dict[Any, list[Row]] = {}
        self.fresh_entries: list[Row] = []
        self.codes_entered: Counter[str] = Counter()
        self.payments: dict[str, list[Row]] = {}
        self.receipts: list[Row] = []
        self.reversals: dict[str, Row] = {}
        self.open_alarms: dict[str, Row] = {}
        self.received: datetime | None = None
        self.asked: datetime | None = None
        self.notices: dict[str, Row] = {}
        self.unsent: list[Row] = []
        self._alarms: dict[str, Row] = {}
        self.applied: dict[str, datetime] = {}
        self.pending: dict[str, Row] = {}
        self.parked: set[str] = set()
        self.excused: set[int] = set()
        self.excused_chats: set[int] = set()
        self.changed = False

    async def look(self, now: datetime) -> None:
        """Read the tables that may have changed: all of them at first and after people were excused."""
        written = self._written.take()
        if self._unread is None:
            self._unread = set().union(*_READ_FROM.values())
        else:
            self._unread.update(written)
        self.changed = any(map(self._is_unread, _READ_FROM))
        if self._is_unread(_STANDING):
            standing = await self._connection.fetch(_STANDING)
            self._note_chats(standing)
            self._note_standing(self._judged(self._rows_of(_STANDING, standing)))
        if self._is_unread(_GUESTS):
            self.guests = await self._again(_GUESTS)
        self.fresh_entries = await self.rows(_LEDGER, self._last_entry) if self._is_unread(_LEDGER) else []
        self._note_entries()
        if self._is_unread(_PAYMENTS):
            self.payments = {}
            for row in await self._again(_PAYMENTS):
                self.payments.setdefault(row["payment_key"], []).append(row)
        if self._is_unread(_RECEIPTS):
            self.receipts = await self._again(_RECEIPTS)
        if self._is_unread(_REVERSALS):
            self.reversals = {row["key"]: row for row in await self._again(_REVERSALS)}
        if self._is_unread(_ALARMS):
            self.open_alarms = {row["kind"]: row for row in await self._again(_ALARMS)}
        if self._is_unread(_HANDLED):
            last = (await self._again(_LAST_RECEIVED))[0]
            self.received, self.asked = last["told"], last["asked"]
            self._note_events(await self.rows(_HANDLED, now - OVERLAP))
        if self._is_unread(_NOTICES):
            fresh = await self.rows(_NOTICES, now - OVERLAP)
            self.notices.update((row["key"], row) for row in fresh)
            self._alarms.update((row["key"], row) for row in fresh if row["kind"] == "alarm")
            self.unsent = [row for row in fresh if row["sent_at"] is None and row["failed"] is None]
        self._unread.clear()

    async def check(self) -> None:
        """Raise AssertionError if a changed table was not read again."""
        if self._unread is None:
            return
        self._unread.update(self._written.take())
        for query, (records, _) in self._answers.items():
            if not self._is_unread(query):
                assert list(records) == list(await self._connection.fetch(query)), query

    def _is_unread(self, query: str) -> bool:
        return self._unread is None or not self._unread.isdisjoint(_READ_FROM[query])

    async def _again(self, query: str) -> list[Row]:
        return self._judged(self._rows_of(query, await self._connection.fetch(query)))

    def _rows_of(self, query: str, records: Sequence[Any]) -> list[Row]:
        """Return the rows of a query. Unchanged database records are not converted to rows again."""
        known_records, known_rows = self._answers.get(query, ((), []))
        known = zip(known_records, known_rows, strict=True)
        rows = [
            pair[1] if pair is not None and pair[0] == record else dict(record)
            for record, pair in zip_longest(records, list(known)[: len(records)])
        ]
        self._answers[query] = (records, rows)
        return rows

    def _judged(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if row.get("person") not in self.excused] if self.excused else rows

    def _note_standing(self, rows: list[Row]) -> None:
        self.standing, self.by_chat, self.by_ref = rows, {}, {}
        for row in rows:
            self.by_chat.setdefault(row["chat"], row)
            self.by_ref.setdefault(row["provider_ref"], []).append(row)

    def _note_entries(self) -> None:
        if self.excused and self.fresh_entries:
            theirs = {row["id"] for row in self.standing}
            self.fresh_entries = [row for row in self.fresh_entries if row["subscription_id"] in theirs]
        for row in self.fresh_entries:
            self.entries.setdefault(row["subscription_id"], []).append(row)
            self._last_entry = row["id"]
            if row["kind"] == "token":
                self.codes_entered[row["source_key"]] += 1

    async def rows(self, query: str, *values: object) -> list[Row]:
        """Return the rows of a separate query."""
        return self._judged(await self.everybodys(query, *values))

    async def everybodys(self, query: str, *values: object) -> list[Row]:
        """Return the rows of a separate query, including those of excused people."""
        return [dict(row) for row in await self._connection.fetch(query, *values)]

    def excuse(self, since: datetime, people: set[int], chats: set[int]) -> None:
        """Discard all records after `since`, which the database lost, and stop reading the rows of these people."""
        self.excused |= people
        self.excused_chats |= chats
        self.entries, self._last_entry, self._unread = {}, 0, None
        self.codes_entered.clear()
        self.applied = {key: at for key, at in self.applied.items() if at < since}
        kept = {key: row for key, row in self.notices.items() if row["created_at"] < since}
        self.notices = {key: row for key, row in kept.items() if row["person"] not in self.excused}
        self._alarms = {key: row for key, row in self.notices.items() if row["kind"] == "alarm"}

    def _note_chats(self, standing: Sequence[Any]) -> None:
        """Record the channels of excused people."""
        if self.excused:
            self.excused_chats |= {row["chat"] for row in standing if row["person"] in self.excused and row["chat"]}

    def knows(self, event: str | None) -> datetime | None:
        """Return the time at which the product processed an event, or None if it has not processed the event."""
        return self.applied.get(event) if event is not None else None

    def knew_at(self, event: str | None, moment: datetime) -> datetime | None:
        """Return the time at which the product processed an event, or None if it had not processed the event at the
        given time.
        """
        at = self.knows(event)
        return at if at is not None and at <= moment else None

    @property
    def personal(self) -> list[Row]:
        """Return the subscriptions that open a personal channel."""
        return [row for row in self.standing if row["opens"] == "personal_channel"]

    def payment(self, key: str) -> Row | None:
        """Return the payment with this provider key, or None."""
        found = self.payments.get(key)
        return found[0] if found else None

    def of(self, person: int, plan: str) -> Sequence[Row]:
        """Return a customer's subscriptions to a plan."""
        return [row for row in self.standing if (row["person"], row["plan"]) == (person, plan)]

    def alarms(self, part: str) -> list[Row]:
        """Return the alarms whose key contains the words."""
        return [row for key, row in self._alarms.items() if part in key]

    def _note_events(self, rows: Sequence[Row]) -> None:
        self.pending = {}
        for row in rows:
            if row["status"] == "pending":
                self.pending[row["event_key"]] = row
            elif row["status"] == "parked":
                self.parked.add(row["event_key"])
            else:
                self.applied.setdefault(row["event_key"], row["handled_at"])


def fold(entries: Sequence[Row]) -> datetime | None:
    """Return the end of access, calculated only from the rows of the ledger. An entry that removes time shortens first
    the entries of the same payment, and then those that end last.
    """
    left = {entry["id"]: entry["length"] for entry in entries}
    for loss in sorted(entries, key=_order):
        days = -loss["length"]
        if days <= timedelta():
            continue
        earlier = [entry for entry in entries if _order(entry) < _order(loss)]
        laid = [entry for entry in _laid(earlier, left) if not _is_rest(entry)]
        own = [entry for entry in laid if entry["source_key"] == loss["source_key"].removesuffix(":back")]
        for entry in [*reversed(own), *(entry for entry in reversed(laid) if entry not in own)]:
            taken = min(entry["counts"], days)
            left[entry["id"]] -= taken
            days -= taken
    laid = _laid(entries, left)
    return laid[-1]["end"] if laid else None


def _laid(entries: Sequence[Row], left: Mapping[int, timedelta]) -> Sequence[Row]:
    """Return the entries one after the other, each with the length that counts and with its end in real time. The
    entries are laid out on a clock that stops during holds.
    """
    out = sorted((entry for entry in entries if _is_rest(entry)), key=_order)
    pauses = _one_after_the_other(out)
    cuts, changes = _first(entries, {"refund", "dispute"}, pauses), _first(entries, {"change"}, pauses)
    end: datetime | None = None
    laid = list[Row]()
    for entry in sorted(entries, key=_order):
        if entry["kind"] in {"refund", "dispute"} or entry["length"] < timedelta():
            continue
        start, is_payment = _by_that_clock(entry["starts_at"], pauses), entry["kind"] == "payment"
        if entry in out:
            if end is None or end <= start:
                # A hold counts as time if no other time ran that could be suspended.
                laid.append({**entry, "counts": entry["length"], "end": pauses[out.index(entry)][1]})
            continue
        begin = max(start, end) if end is not None and entry["length"] else end or start
        cut = cuts.get(entry["payment_id"])
        if is_payment and laid and cut is not None and cut < begin:
            continue
        over = [cut, changes.get(entry["payment_id"]) if is_payment else None]
        counts = min([left[entry["id"]], *(max(at - begin, timedelta()) for at in over if at is not None)])
        end = begin + counts
        # An entry of zero length starts when time runs again.
        until = _by_ours(end, pauses) if counts else _by_ours(end + TICK, pauses) - TICK
        laid.append({**entry, "counts": counts, "end": until})
    return laid


def _order(entry: Row) -> tuple[datetime, int]:
    return entry["starts_at"], entry["id"]


def _is_rest(entry: Row) -> bool:
    return entry["kind"] == "compensation" and not entry["source_key"].startswith("uncharged")


def _one_after_the_other(pauses: Sequence[Row]) -> Sequence[Span]:
    spans: list[Span] = []
    for entry in pauses:
        begin = max([entry["starts_at"], *(end for _, end in spans[-1:])])
        spans.append((begin, begin + entry["length"]))
    return spans


def _by_that_clock(at: datetime, pauses: Sequence[Span]) -> datetime:
    return at - sum((min(end, at) - begin for begin, end in pauses if begin < at), timedelta())


def _by_ours(at: datetime, pauses: Sequence[Span]) -> datetime:
    for begin, end in pauses:
        at += end - begin if begin < at else timedelta()
    return at


def _first(entries: Sequence[Row], kinds: Collection[str], pauses: Sequence[Span]) -> dict[Any, datetime]:
    """Return the time at which an entry of these kinds first shortened the time of each payment, on the clock that
    stops during holds.
    """
    found: dict[Any, datetime] = {}
    for entry in entries:
        if entry["kind"] in kinds and entry["payment_id"] is not None:
            at = _by_that_clock(entry["starts_at"], pauses)
            found[entry["payment_id"]] = min(at, found.get(entry["payment_id"], at))
    return found
