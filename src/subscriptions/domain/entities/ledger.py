"""Append-only ledger entries that determine when access ends."""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import PaymentId, PlanId, SubscriptionId


class LedgerKind(StrEnum):
    """Source of the time that a ledger entry grants or changes."""

    PAYMENT = "payment"
    TOKEN = "token"
    TRIAL = "trial"
    ADMIN_GRANT = "admin_grant"
    FREE_PERIOD = "promotion"
    COMPENSATION = "compensation"
    REFUND = "refund"
    DISPUTE = "dispute"
    CHANGE = "change"


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """Ledger entry that grants, cuts or moves time. It gives `length` of access from `starts_at`, or from the end of
    other time that runs at `starts_at`.

    source_key: cause of the entry, unique within its kind, so that one cause counts once
    plan_id: plan that the time is for; None in entries of an earlier version, whose time is for the subscription's
        first plan
    changed_from: plan that was in effect before a switch; None in all other entries
    id: number assigned by the database; None until stored

    A refund or dispute is a separate, later entry: `payment_id` names the payment to cut, and `starts_at` is the time
    of the cut. The payment then counts only for the time that had run by then.

    A plan change cuts payments in the same way. Its entry states how long their remaining value lasts on the other
    plan. A later refund of the payments cuts both entries. The length is zero if the provider deducted the remaining
    value from the price of the other plan.

    A compensation states that the customer had no access for `length` from `starts_at`. Time that was running is paused
    for that long and continues afterwards. If no time was running, the compensation gives time itself, like an entry of
    `UNCHARGED_SOURCE`.

    A negative length deducts days from the end of the time that existed at `starts_at`. The days stay deducted from
    those entries despite later refunds.

    An entry without length, such as a difference paid for another plan, does not move the end of access.

    A switch (`changed_from`) states that another plan is in effect from `starts_at`. Time is never converted by a
    switch: only the time of the plan in effect runs, and the time of other plans waits. The provider's running period
    goes along, because the provider charges or credits the difference for the rest of it.
    """

    id: int | None = None
    subscription_id: SubscriptionId
    kind: LedgerKind
    source_key: str
    starts_at: datetime
    length: timedelta
    payment_id: PaymentId | None = None
    plan_id: PlanId | None = None
    changed_from: PlanId | None = None
    note: str = ""
    created_at: datetime

    @property
    def is_suspension(self) -> bool:
        """Return True if running time is paused for the length of this entry."""
        return self.kind is LedgerKind.COMPENSATION and not self.source_key.startswith(UNCHARGED_SOURCE)


PROVIDERS_TIME = frozenset({LedgerKind.PAYMENT, LedgerKind.TRIAL, LedgerKind.FREE_PERIOD})
"""Kinds of entries whose time corresponds to a billing period of the provider, if a provider manages
the subscription.
"""
BROUGHT_BY_PAYMENT: Final = frozenset({LedgerKind.PAYMENT, LedgerKind.TOKEN, LedgerKind.FREE_PERIOD})
"""Kinds of entries whose time was bought by a payment: the payment's period, the days of a promotion, and a redeemed
gift.
"""
_GIVEN: Final = frozenset({LedgerKind.TOKEN, LedgerKind.ADMIN_GRANT})
_AFTER_ALL: Final = 2**63
"""Number of an entry that is not stored and comes after all others."""
LEAST_TIME: Final = timedelta(hours=1)
"""Least time that waits for its plan; less is a difference of clocks."""
_FOREVER: Final = timedelta(days=365_000)
"""Length of a span without an end."""
CUTS: Final = frozenset({LedgerKind.REFUND, LedgerKind.DISPUTE})
IMPORT_NOTE: Final = "import"
"""Note of a ledger entry for time that an imported customer already had in another system."""
UNCHARGED_SOURCE: Final = "uncharged"
"""Prefix of the source key of a compensation that grants the time until the provider charges again."""
DISCOUNT_SOURCE: Final = "promotion:"
"""Prefix of the source key of days that a promotion adds to a purchase, followed by the order's id."""
BROUGHT_SOURCE: Final = "referral"
"""Prefix of the source key of referral days, followed by a colon and the id of the payment that earned them."""
REVERSAL_SUFFIX: Final = ":back"
"""Suffix of the source key of an entry that revokes time. The key without the suffix is that of the entry that granted
the time; the time is revoked even if it was moved since then.
"""


def access_until(entries: Iterable[LedgerEntry]) -> datetime | None:
    """Return the end of access: the fold `end = max(starts_at, end) + length` over the entries in order of
    (starts_at, id).

    The result does not depend on the order in which entries were stored. Time that waits for its plan does not count.
    Return None if no entry gives time.
    """
    pieces = _running(entries)
    return pieces[-1].end if pieces else None


def given_until(entries: Iterable[LedgerEntry]) -> datetime | None:
    """Return the end of the time that was bought or given, without suspensions during which no time ran, such as those
    of grace days. Return None if no entry gives time.
    """
    return max((piece.end for piece in _running(entries) if not piece.entry.is_suspension), default=None)


def waiting_time(entries: Iterable[LedgerEntry]) -> Mapping[PlanId, Sequence[tuple[LedgerEntry, timedelta]]]:
    """Return, by plan, the entries whose time waits because another plan is in effect, with the length of that time."""
    waiting = dict[PlanId, list[tuple[LedgerEntry, timedelta]]]()
    for piece in _lay_out(list(entries)):
        if piece.waits_for is not None and piece.length:
            waiting.setdefault(piece.waits_for, []).append((piece.entry, piece.length))
    return waiting


def length_waiting(entries: Iterable[LedgerEntry], plan_id: PlanId, switch: LedgerEntry | None = None) -> timedelta:
    """Return how much time of a plan waits. `switch`: switch to apply after the stored entries."""
    last = [] if switch is None else [replace(switch, id=_AFTER_ALL)]
    return sum((length for _, length in waiting_time([*entries, *last]).get(plan_id, ())), timedelta())


def plan_billed(entries: Iterable[LedgerEntry], at: datetime, plan_id: PlanId, billed_plan_id: PlanId | None) -> PlanId:
    """Return the plan of a provider's period that began at the given time, also if its payment is recorded after the
    plan took effect.

    plan_id: plan of the subscription now
    billed_plan_id: plan that the provider charges while time of `plan_id` is used first
    """
    switches = switches_of(entries)
    begun = [entry for entry in switches if entry.starts_at <= at]
    if not begun or begun[-1].plan_id != begun[-1].changed_from:
        return plan_in_effect(switches, at) or plan_id
    # The switch keeps the plan until its time is used; the next switch from it is to the plan that is charged. A switch
    # before that from another plan is from the plan that was charged until then.
    following = (entry for entry in switches[len(begun) :] if entry.plan_id != entry.changed_from)
    follows = next(following, None)
    if follows is None:
        return billed_plan_id or plan_id
    billed = follows.plan_id if follows.changed_from == begun[-1].plan_id else follows.changed_from
    return billed or plan_id


def switches_of(entries: Iterable[LedgerEntry]) -> Sequence[LedgerEntry]:
    """Return the switches of the plan, in order."""
    return sorted((entry for entry in entries if entry.changed_from is not None), key=fold_order)


def plan_in_effect(entries: Iterable[LedgerEntry], at: datetime) -> PlanId | None:
    """Return the plan that a subscription's switches put into effect at the given time. Return None without a
    switch.
    """
    switches = switches_of(entries)
    begun = [entry for entry in switches if entry.starts_at <= at]
    return begun[-1].plan_id if begun else switches[0].changed_from if switches else None


def last_running(entries: Iterable[LedgerEntry], at: datetime) -> tuple[LedgerEntry, datetime] | None:
    """Return the last entry and the end of its time if that time runs at the given time. Return None if no time runs,
    or if time of another entry follows.
    """
    pieces = _running(entries)
    open_pieces = [piece for piece in pieces if piece.end > at]
    if len(open_pieces) != 1 or open_pieces[0] is not pieces[-1] or open_pieces[0].begin > at:
        return None
    return open_pieces[0].entry, open_pieces[0].end


def entries_ahead(entries: Iterable[LedgerEntry], at: datetime) -> Sequence[LedgerEntry]:
    """Return the entries whose time has not ended at the given time, in the order in which their time runs."""
    return [piece.entry for piece in _lay_out(list(entries)) if piece.end > at]


def apart_until(period_start: datetime, entries: Iterable[LedgerEntry], at: datetime) -> datetime | None:
    """Return the end of the time that runs at the given time and does not belong to the provider's period that began at
    `period_start`: granted time, or time left over from an earlier period. Return None if no such time runs.
    """
    end = at
    for piece in _running(entries):
        is_apart = piece.entry.kind in _GIVEN or piece.entry.starts_at < period_start
        if is_apart and piece.begin <= end < piece.end:
            end = piece.end
    return end if end > at else None


def left_of(entries: Iterable[LedgerEntry], source_key: str, at: datetime) -> timedelta:
    """Return how much of the time granted by one cause is left at the given time."""
    return _length_after([piece for piece in _lay_out(list(entries)) if piece.entry.source_key == source_key], at)


def use_of(
    entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime
) -> tuple[timedelta, timedelta]:
    """Return how much of the time bought by these payments has run at the given time, and how much was bought in total.

    Both results include promotion days and the time of a redeemed gift. If entries overlap, their time runs one after
    the other. Time that was converted to another plan counts in proportion to the converted part.
    """
    pieces = [piece for piece in _lay_out(list(entries)) if piece.entry.payment_id in payments]
    payment_pieces = [piece for piece in pieces if piece.entry.kind in BROUGHT_BY_PAYMENT]
    length = sum((piece.entry.length for piece in payment_pieces), timedelta())
    ran = sum((_ran(piece, at) for piece in payment_pieces), timedelta())
    for piece in pieces:
        if piece.entry.kind is LedgerKind.CHANGE and piece.entry.length:
            gone_over = length - sum((each.length for each in payment_pieces), timedelta())
            ran += gone_over * (_ran(piece, at) / piece.entry.length)
    return ran, length


def longest(entries: Iterable[LedgerEntry], start: datetime) -> timedelta:
    """Return the length of the longest entry, such as a year, whose time has not ended at `start`. Return zero if there
    is none.
    """
    return max((piece.length for piece in _running(entries) if piece.end > start), default=timedelta())


def unbroken_starts(entries: Iterable[LedgerEntry]) -> Sequence[datetime]:
    """Return the starts of the paid periods in the gapless span of time that ends when access ends, the latest
    first.
    """
    starts, begin = list[datetime](), None
    for piece in reversed(_running(entries)):
        if begin is not None and piece.end < begin:
            break
        begin = piece.begin
        if piece.entry.kind is LedgerKind.PAYMENT and piece.length:
            starts.append(piece.begin)
    return starts


def was_past(entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime) -> bool:
    """Return True if the time of these payments had ended at the given time and other time follows: paid time, or free
    time that was not over. Suspensions do not count, because they only move earlier time.
    """
    entries = list(entries)
    ahead = entries_ahead(entries, at)
    follows = (entry for entry in _entries_after(entries, payments, at) if not entry.is_suspension)
    return any(entry.kind is LedgerKind.PAYMENT or entry in ahead for entry in follows)


def was_ahead(entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime) -> bool:
    """Return True if the time that is left of these payments at the given time had not begun because time of another
    entry ran, or because it waits for its plan.
    """
    pieces = [piece for piece in _lay_out(list(entries)) if piece.length and not piece.entry.is_suspension]
    own = [piece for piece in pieces if piece.entry.payment_id in payments and piece.end > at]
    runs = any(piece.begin <= at < piece.end for piece in pieces) or all(piece.waits_for for piece in own)
    return bool(own) and runs and all(piece.begin > at for piece in own)


def was_bought_after(
    entries: Iterable[LedgerEntry],
    payments: Collection[PaymentId],
    at: datetime,
    paying: Collection[PaymentId] | None = None,
) -> bool:
    """Return True if the time of these payments had ended at the given time and a paid period follows. Free days are
    not a paid period. `paying`: the payments that count; None for all.
    """
    later = _entries_after(entries, payments, at)
    return any(
        entry.kind is LedgerKind.PAYMENT if entry.payment_id is None else paying is None or entry.payment_id in paying
        for entry in later
    )


def began_suspended(start: datetime | None, entries: Iterable[LedgerEntry]) -> bool:
    """Return True if a provider's period began while Umbral suspended the customer's access."""
    if start is None:
        return False
    return any(each.is_suspension and each.starts_at <= start < each.starts_at + each.length for each in entries)


def period_at(entries: Iterable[LedgerEntry], at: datetime) -> LedgerEntry | None:
    """Return the latest recorded period of the provider that includes the given time. Return None if there is none."""
    periods = (each for each in entries if each.kind in PROVIDERS_TIME)
    running = (each for each in periods if each.starts_at <= at < each.starts_at + each.length)
    return max(running, key=fold_order, default=None)


def follows_recorded(start: datetime, entries: Iterable[LedgerEntry]) -> bool:
    """Return True if a provider's period that begins at `start` follows the recorded ones, and is not on record."""
    periods = [each for each in entries if each.kind in PROVIDERS_TIME and each.length]
    return bool(periods) and all(each.starts_at < start and each.starts_at + each.length <= start for each in periods)


def taken_back(entries: Sequence[LedgerEntry], own: Collection[PaymentId], at: datetime) -> LedgerKind | None:
    """Return the kind of the latest entry by which money of the customer's own payments went back, if no time that they
    paid for follows the time of those payments. Return None otherwise. `own`: the customer's own payments
    """
    cuts = [each for each in entries if each.kind in CUTS and each.payment_id in own]
    payments = {each.payment_id for each in cuts if each.payment_id is not None}
    if not cuts or was_bought_after(entries, payments, at, set(own) - payments):
        return None
    return max(cuts, key=fold_order).kind


def days_returning(
    entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime, *, waiting: bool = True
) -> timedelta:
    """Return how many of the referral days earned by these payments are left at the given time. A refund revokes these
    days.

    waiting: whether days that wait for their plan are included, by which access does not end earlier
    """
    pieces, keys = _lay_out(list(entries)), {brought_source(payment_id) for payment_id in payments}
    own = [each for each in pieces if each.entry.source_key in keys and (waiting or each.waits_for is None)]
    return _length_after(own, at)


def brought_source(payment_id: PaymentId) -> str:
    """Return the source key of the referral days that a payment earned."""
    return f"{BROUGHT_SOURCE}:{payment_id}"


def brought_payments(entries: Iterable[LedgerEntry]) -> Collection[PaymentId]:
    """Return the payments that earned the referral days among these entries."""
    prefix = f"{BROUGHT_SOURCE}:"
    keys = (entry.source_key for entry in entries if entry.source_key.startswith(prefix))
    return {PaymentId(UUID(key.removeprefix(prefix).removesuffix(REVERSAL_SUFFIX))) for key in keys}


def _entries_after(
    entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime
) -> Sequence[LedgerEntry]:
    """Return the entries whose time follows the time of these payments; empty while the time of these payments is
    running. Entries without length, such as a price difference, are not included.
    """
    pieces = _lay_out(list(entries))
    last_end = max((piece.end for piece in pieces if piece.entry.payment_id in payments), default=None)
    if last_end is None or last_end > at:
        return []
    return [piece.entry for piece in pieces if piece.end > last_end and piece.length]


@dataclass(frozen=True)
class _Piece:
    """Span of time of one ledger entry, after overlapping entries were placed one after another.

    length: duration without pauses
    waits_for: plan of time that does not run because another plan is in effect; such spans follow all others
    """

    entry: LedgerEntry
    begin: datetime
    end: datetime
    length: timedelta
    waits_for: PlanId | None = None


def _ran(piece: _Piece, at: datetime) -> timedelta:
    """Return how much of a span has run at the given time, which must be later than all pauses within the span."""
    return piece.length - min(max(piece.end - max(piece.begin, at), timedelta()), piece.length)


@dataclass(frozen=True)
class _Suspensions:
    """Pauses of access time, in order. The methods convert between real time and access time, which is real time
    without the pauses before it.
    """

    spans: Sequence[tuple[datetime, datetime]]
    span_of: Mapping[LedgerEntry, tuple[datetime, datetime]]

    @classmethod
    def from_entries(cls, entries: Sequence[LedgerEntry]) -> "_Suspensions":
        spans = dict[LedgerEntry, tuple[datetime, datetime]]()
        end: datetime | None = None
        for entry in sorted(entries, key=fold_order):
            begin = max(entry.starts_at, end) if end is not None else entry.starts_at
            end = begin + entry.length
            spans[entry] = begin, end
        return cls(list(spans.values()), spans)

    def with_spans(self, others: Sequence[tuple[datetime, datetime]]) -> "_Suspensions":
        """Return the pauses joined with other spans, so that none overlaps another."""
        spans = list[tuple[datetime, datetime]]()
        for begin, end in sorted([*self.spans, *others]):
            if spans and begin <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((begin, end))
        return replace(self, spans=spans)

    def moment_without(self, at: datetime) -> datetime:
        """Convert a real time to access time."""
        return at - sum((min(end, at) - begin for begin, end in self.spans if begin < at), timedelta())

    def end(self, ran: datetime) -> datetime:
        """Convert access time to the earliest real time at which it is reached."""
        for begin, end in self.spans:
            if begin >= ran:
                break
            ran += end - begin
        return ran

    def begin(self, ran: datetime) -> datetime:
        """Convert access time to the real time from which access time continues, after a pause that begins exactly
        then.
        """
        for begin, end in self.spans:
            if begin > ran:
                break
            ran += end - begin
        return ran


def _length_after(pieces: Iterable[_Piece], at: datetime) -> timedelta:
    return sum((max(piece.end - max(piece.begin, at), timedelta()) for piece in pieces), timedelta())


def _running(entries: Iterable[LedgerEntry]) -> Sequence[_Piece]:
    """Return the spans of time that has run or will run, without the time that waits for its plan."""
    return [piece for piece in _lay_out(list(entries)) if piece.waits_for is None]


def _lay_out(ledger_entries: Sequence[LedgerEntry]) -> Sequence[_Piece]:
    """Place the time of all entries on the time line, so that overlapping entries follow each other, and return the
    resulting spans.
    """
    switches = switches_of(ledger_entries)
    entries = [entry for entry in ledger_entries if entry.changed_from is None]
    ends = {_cause(entry): entry.starts_at + entry.length for entry in entries}
    for number, switch in enumerate(switches):
        entries = _carry_over(entries, switches[:number], switch, ends)
    return _with_losses(entries, switches)


def _carry_over(
    ledger_entries: Sequence[LedgerEntry],
    earlier: Sequence[LedgerEntry],
    switch: LedgerEntry,
    ends: Mapping[tuple[str, str], datetime],
) -> list[LedgerEntry]:
    """Return the entries with the rest of the provider's running period moved to the plan of the switch. No more is
    moved than the provider's own rest of the period; other time waits.

    ends: end of each entry's period as recorded, by its cause
    """
    at, first = switch.starts_at, _first_plan([*earlier, switch])
    periods = [
        entry
        for entry in ledger_entries
        if entry.kind in PROVIDERS_TIME and not entry.source_key.startswith(DISCOUNT_SOURCE)
        if (entry.plan_id or first) == switch.changed_from != switch.plan_id
        if entry.starts_at <= at < ends[_cause(entry)]
    ]
    period = max(periods, key=fold_order, default=None)
    if period is None:
        return list(ledger_entries)
    known = [entry for entry in ledger_entries if entry.starts_at <= at]
    pieces = [piece for piece in _with_losses(known, earlier) if piece.entry is period]
    left = sum((min(max(piece.end - max(piece.begin, at), timedelta()), piece.length) for piece in pieces), timedelta())
    moved = min(left, ends[_cause(period)] - at)
    # An earlier part of the same period, from before another switch, becomes whole again.
    parts = [each for each in ledger_entries if _cause(each) == _cause(period) and each is not period]
    part = next((each for each in parts if (each.plan_id or first) == switch.plan_id), None)
    others = [each for each in ledger_entries if each is not period and each is not part]
    rest = replace(period, plan_id=switch.plan_id, length=moved + (part.length if part is not None else timedelta()))
    return [*others, replace(period, length=period.length - moved), *([rest] if rest.length else [])]


def _cause(entry: LedgerEntry) -> tuple[str, str]:
    return entry.kind, entry.source_key


def _first_plan(switches: Sequence[LedgerEntry]) -> PlanId | None:
    return switches[0].changed_from if switches else None


def _with_losses(ledger_entries: Sequence[LedgerEntry], switches: Sequence[LedgerEntry]) -> Sequence[_Piece]:
    """Place the entries after deducting the negative ones."""
    losses = dict[LedgerEntry, timedelta]()
    for entry in sorted(ledger_entries, key=fold_order):
        if entry.length < timedelta():
            earlier = [each for each in ledger_entries if fold_order(each) < fold_order(entry)]
            begun = [each for each in switches if fold_order(each) < fold_order(entry)]
            _take(losses, entry, _lay_out_plans(earlier, begun, losses))
    return _lay_out_plans(ledger_entries, switches, losses)


def _take(losses: MutableMapping[LedgerEntry, timedelta], entry: LedgerEntry, pieces: Sequence[_Piece]) -> None:
    """Deduct the negative length of an entry from the other entries, and add what each of them loses to `losses`.
    Entries with the same source key lose time first, then all others whose time does not wait; within each group, the
    latest entry loses time first.
    """
    source_key, days = entry.source_key.removesuffix(REVERSAL_SUFFIX), -entry.length
    own = [each for each in pieces if each.entry.source_key == source_key]
    others = [each for each in pieces if each.entry.source_key != source_key and each.waits_for is None]
    for piece in (*reversed(own), *reversed(others)):
        if not piece.entry.is_suspension:
            loss = min(piece.length, days)
            losses[piece.entry] = losses.get(piece.entry, timedelta()) + loss
            days -= loss


def _lay_out_plans(
    ledger_entries: Sequence[LedgerEntry], switches: Sequence[LedgerEntry], losses: Mapping[LedgerEntry, timedelta]
) -> Sequence[_Piece]:
    """Place the time of each plan in the spans in which the plan is in effect. `losses`: time deducted from each
    entry.
    """
    suspensions = _Suspensions.from_entries([entry for entry in ledger_entries if entry.is_suspension])
    cuts = [entry for entry in ledger_entries if entry.kind in CUTS or entry.kind is LedgerKind.CHANGE]
    if not switches or not ledger_entries:
        return _lay_out_pieces(ledger_entries, cuts, suspensions.with_spans([]), suspensions, losses)
    first, earliest = _first_plan(switches), min(entry.starts_at for entry in ledger_entries)
    by_plan = dict[PlanId | None, list[LedgerEntry]]()
    for entry in ledger_entries:
        plan_id = plan_in_effect(switches, entry.starts_at) if entry.is_suspension else entry.plan_id or first
        by_plan.setdefault(plan_id, []).append(entry)
    pieces = list[_Piece]()
    for plan_id, entries in by_plan.items():
        away = _spans_away(plan_id, switches, earliest)
        laid_out = _lay_out_pieces(entries, cuts, suspensions.with_spans(away), suspensions, losses)
        pieces += [part for piece in laid_out for part in _split(piece, away, plan_id)]
    # Entries without time, such as a price difference, do not extend the time of a plan that has none.
    end = max((piece.end for piece in pieces if piece.length and piece.waits_for is None), default=None)
    timed = [piece for piece in pieces if piece.length or end is None or piece.end <= end]
    return sorted(timed, key=lambda piece: (piece.waits_for is not None, piece.begin, piece.end))


def _spans_away(
    plan_id: PlanId | None, switches: Sequence[LedgerEntry], earliest: datetime
) -> Sequence[tuple[datetime, datetime]]:
    """Return the spans in which another plan is in effect. The last one lasts for `_FOREVER` unless the plan is in
    effect again.
    """
    starts = [min(earliest, switches[0].starts_at), *(entry.starts_at for entry in switches)]
    ends = [*starts[1:], starts[-1] + _FOREVER]
    in_effect = [switches[0].changed_from, *(entry.plan_id for entry in switches)]
    return [
        (start, end)
        for start, end, each in zip(starts, ends, in_effect, strict=True)
        if each != plan_id and start < end
    ]


def _split(piece: _Piece, away: Sequence[tuple[datetime, datetime]], plan_id: PlanId | None) -> Sequence[_Piece]:
    """Return the parts of a span that run, and that wait for the plan to be in effect again."""
    if not away or away[-1][1] - away[-1][0] < _FOREVER or piece.end < away[-1][1]:
        return [piece]
    left_at, back_at = away[-1]
    if piece.begin >= back_at:
        return [replace(piece, waits_for=plan_id)]
    waiting = piece.end - back_at
    ran = replace(piece, end=left_at, length=piece.length - waiting)
    return [ran, replace(piece, begin=back_at, length=waiting, waits_for=plan_id)]


def _lay_out_pieces(
    ledger_entries: Sequence[LedgerEntry],
    cutting: Sequence[LedgerEntry],
    suspensions: _Suspensions,
    pauses: _Suspensions,
    losses: Mapping[LedgerEntry, timedelta],
) -> Sequence[_Piece]:
    """Place the time of the entries on the time line, so that overlapping entries follow each other.

    cutting: entries that cut payments
    suspensions: spans in which the time does not run; `pauses` are those that are entries
    losses: time deducted from each entry
    """
    cuts, changes = (
        _earliest(cutting, CUTS, suspensions),
        _earliest(cutting, {LedgerKind.CHANGE}, suspensions),
    )
    pieces, end = list[_Piece](), None
    grants = (entry for entry in ledger_entries if entry.kind not in CUTS and entry.length >= timedelta())
    for entry in sorted(grants, key=fold_order):
        start = suspensions.moment_without(entry.starts_at)
        begin = start if end is None else max(start, end) if entry.length else end
        if entry.is_suspension:
            if end is None or end <= start:
                # No time was running that could be paused.
                pieces.append(_Piece(entry, *pauses.span_of[entry], entry.length))
            continue
        length = min(entry.length - losses.get(entry, timedelta()), _until_cut(entry, begin, cuts))
        if entry.kind is LedgerKind.PAYMENT:
            length = min(length, _until_cut(entry, begin, changes))
        cut_at = cuts.get(entry.payment_id) if entry.payment_id is not None else None
        if pieces and cut_at is not None and cut_at < begin and entry.kind is LedgerKind.PAYMENT:
            # The payment was refunded before its period began, so earlier time is not extended by it.
            continue
        end = begin + length
        at = suspensions.begin(begin)
        # An entry without time within a pause is placed where time runs again, so that it takes no days from earlier
        # entries.
        pieces.append(_Piece(entry, at, suspensions.end(end) if length else at, length))
    return pieces


def _earliest(
    ledger_entries: Sequence[LedgerEntry], kinds: Collection[LedgerKind], suspensions: _Suspensions
) -> Mapping[PaymentId, datetime]:
    """Return, by payment, the earliest time at which an entry of these kinds cuts the payment."""
    moments: dict[PaymentId, datetime] = {}
    for entry in ledger_entries:
        if entry.kind in kinds and entry.payment_id is not None:
            at = suspensions.moment_without(entry.starts_at)
            moments[entry.payment_id] = min(at, moments.get(entry.payment_id, at))
    return moments


def fold_order(entry: LedgerEntry) -> tuple[datetime, int, str]:
    """Return the key of the order in which entries are folded. Entries with the same start count the same in any order;
    the source key makes the fold reproducible.
    """
    return entry.starts_at, entry.id or 0, entry.source_key


def _until_cut(entry: LedgerEntry, begin: datetime, cuts: Mapping[PaymentId, datetime]) -> timedelta:
    """Return the part of an entry's length that lies before the cut of its payment, if its time begins at `begin`."""
    cut_at = cuts.get(entry.payment_id) if entry.payment_id is not None else None
    return entry.length if cut_at is None else max(cut_at - begin, timedelta())
