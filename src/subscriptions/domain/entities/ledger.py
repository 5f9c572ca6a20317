"""Append-only ledger entries that determine when access ends."""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import PaymentId, SubscriptionId


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
    """

    id: int | None = None
    subscription_id: SubscriptionId
    kind: LedgerKind
    source_key: str
    starts_at: datetime
    length: timedelta
    payment_id: PaymentId | None = None
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
_BROUGHT_BY_PAYMENT: Final = frozenset({LedgerKind.PAYMENT, LedgerKind.TOKEN, LedgerKind.FREE_PERIOD})
"""Kinds of entries whose time was bought by a payment: the payment's period, the days of a promotion, and a redeemed
gift.
"""
_GIVEN: Final = frozenset({LedgerKind.TOKEN, LedgerKind.ADMIN_GRANT})
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

    The result does not depend on the order in which entries were stored. Return None if no entry gives time.
    """
    pieces = _lay_out(list(entries))
    return pieces[-1].end if pieces else None


def last_running(entries: Iterable[LedgerEntry], at: datetime) -> tuple[LedgerEntry, datetime] | None:
    """Return the last entry and the end of its time if that time runs at the given time. Return None if no time runs,
    or if time of another entry follows.
    """
    pieces = _lay_out(list(entries))
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
    for piece in _lay_out(list(entries)):
        is_apart = piece.entry.kind in _GIVEN or piece.entry.starts_at < period_start
        if is_apart and piece.begin <= end < piece.end:
            end = piece.end
    return end if end > at else None


def left_of(entries: Iterable[LedgerEntry], source_key: str, at: datetime) -> timedelta:
    """Return how much of the time granted by one cause is left at the given time."""
    own = [piece for piece in _lay_out(list(entries)) if piece.entry.source_key == source_key]
    return sum((max(piece.end - max(piece.begin, at), timedelta()) for piece in own), timedelta())


def use_of(
    entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime
) -> tuple[timedelta, timedelta]:
    """Return how much of the time bought by these payments has run at the given time, and how much was bought in total.

    Both results include promotion days and the time of a redeemed gift. If entries overlap, their time runs one after
    the other. Time that was converted to another plan counts in proportion to the converted part.
    """
    pieces = [piece for piece in _lay_out(list(entries)) if piece.entry.payment_id in payments]
    payment_pieces = [piece for piece in pieces if piece.entry.kind in _BROUGHT_BY_PAYMENT]
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
    return max((piece.length for piece in _lay_out(list(entries)) if piece.end > start), default=timedelta())


def unbroken_starts(entries: Iterable[LedgerEntry]) -> Sequence[datetime]:
    """Return the starts of the paid periods in the gapless span of time that ends when access ends, the latest
    first.
    """
    starts, begin = list[datetime](), None
    for piece in reversed(_lay_out(list(entries))):
        if begin is not None and piece.end < begin:
            break
        begin = piece.begin
        if piece.entry.kind is LedgerKind.PAYMENT and piece.length:
            starts.append(piece.begin)
    return starts


def was_past(entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime) -> bool:
    """Return True if the time of these payments had ended at the given time and time of another entry follows.
    Suspensions do not count, because they only move earlier time.
    """
    return any(not entry.is_suspension for entry in _entries_after(entries, payments, at))


def was_ahead(entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime) -> bool:
    """Return True if the time of these payments had not begun at the given time because time of another entry ran."""
    pieces = [piece for piece in _lay_out(list(entries)) if piece.length and not piece.entry.is_suspension]
    own = [piece for piece in pieces if piece.entry.payment_id in payments]
    runs = any(piece.begin <= at < piece.end for piece in pieces)
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
    return max(cuts, key=_fold_order).kind


def days_returning(entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime) -> timedelta:
    """Return how many of the referral days earned by these payments are left at the given time. A refund revokes these
    days.
    """
    entries = list(entries)
    return sum((left_of(entries, brought_source(payment_id), at) for payment_id in payments), timedelta())


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
    """Span of time of one ledger entry, after overlapping entries were placed one after another. `length`: duration
    without pauses.
    """

    entry: LedgerEntry
    begin: datetime
    end: datetime
    length: timedelta


def _ran(piece: _Piece, at: datetime) -> timedelta:
    """Return how much of a span has run at the given time, which must be later than all pauses within the span."""
    return piece.length - min(max(piece.end - max(piece.begin, at), timedelta()), piece.length)


@dataclass(frozen=True)
class _Suspensions:
    """Pauses of access time, in order. The methods convert between real time and access time, which is real time
    without the pauses before it.
    """

    spans: Sequence[tuple[datetime, datetime]]

    @classmethod
    def from_entries(cls, entries: Sequence[LedgerEntry]) -> "_Suspensions":
        spans = list[tuple[datetime, datetime]]()
        for entry in sorted(entries, key=_fold_order):
            begin = max(entry.starts_at, spans[-1][1]) if spans else entry.starts_at
            spans.append((begin, begin + entry.length))
        return cls(spans)

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


def _lay_out(ledger_entries: Sequence[LedgerEntry]) -> Sequence[_Piece]:
    """Place the time of all entries on the time line, so that overlapping entries follow each other, and return the
    resulting spans.
    """
    losses = dict[LedgerEntry, timedelta]()
    for entry in sorted(ledger_entries, key=_fold_order):
        if entry.length < timedelta():
            earlier = [each for each in ledger_entries if _fold_order(each) < _fold_order(entry)]
            _take(losses, entry, _lay_out_pieces(earlier, losses))
    return _lay_out_pieces(ledger_entries, losses)


def _take(losses: MutableMapping[LedgerEntry, timedelta], entry: LedgerEntry, pieces: Sequence[_Piece]) -> None:
    """Deduct the negative length of an entry from the other entries, and add what each of them loses to `losses`.
    Entries with the same source key lose time first, then all others; within each group, the latest entry loses time
    first.
    """
    source_key, days = entry.source_key.removesuffix(REVERSAL_SUFFIX), -entry.length
    in_turn = sorted(pieces, key=lambda each: each.entry.source_key == source_key)
    for piece in reversed(in_turn):
        if not piece.entry.is_suspension:
            loss = min(piece.length, days)
            losses[piece.entry] = losses.get(piece.entry, timedelta()) + loss
            days -= loss


def _lay_out_pieces(ledger_entries: Sequence[LedgerEntry], losses: Mapping[LedgerEntry, timedelta]) -> Sequence[_Piece]:
    """Place the time of the entries on the time line, so that overlapping entries follow each other. `losses`: time
    deducted from each entry.
    """
    suspensions = _Suspensions.from_entries([entry for entry in ledger_entries if entry.is_suspension])
    cuts, changes = (
        _earliest(ledger_entries, CUTS, suspensions),
        _earliest(ledger_entries, {LedgerKind.CHANGE}, suspensions),
    )
    pieces, end, spans = list[_Piece](), None, iter(suspensions.spans)
    grants = (entry for entry in ledger_entries if entry.kind not in CUTS and entry.length >= timedelta())
    for entry in sorted(grants, key=_fold_order):
        start = suspensions.moment_without(entry.starts_at)
        begin = start if end is None else max(start, end) if entry.length else end
        if entry.is_suspension:
            span = next(spans)
            if end is None or end <= start:
                # No time was running that could be paused.
                pieces.append(_Piece(entry, *span, entry.length))
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


def _fold_order(entry: LedgerEntry) -> tuple[datetime, int, str]:
    # Entries with the same start count the same in any order; the key makes the fold reproducible.
    return entry.starts_at, entry.id or 0, entry.source_key


def _until_cut(entry: LedgerEntry, begin: datetime, cuts: Mapping[PaymentId, datetime]) -> timedelta:
    """Return the part of an entry's length that lies before the cut of its payment, if its time begins at `begin`."""
    cut_at = cuts.get(entry.payment_id) if entry.payment_id is not None else None
    return entry.length if cut_at is None else max(cut_at - begin, timedelta())
