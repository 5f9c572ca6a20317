"""The append-only entries that explain when access ends."""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import PaymentId, SubscriptionId


class LedgerKind(StrEnum):
    """Where time came from."""

    PAYMENT = "payment"
    TOKEN = "token"
    TRIAL = "trial"
    ADMIN_GRANT = "admin_grant"
    PROMOTION = "promotion"
    COMPENSATION = "compensation"
    REFUND = "refund"
    DISPUTE = "dispute"
    CHANGE = "change"


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """`length` of access that counts from `starts_at` at the earliest.

    source_key: what caused the entry, unique with its kind, so that one cause counts once. id: the database's number,
    None until stored. A refund or dispute is a later entry with the `payment_id` it cuts and `starts_at` the moment of
    the cut: the payment then counts only for what had run by then. So it does from a change on, which says how long the
    remainder of it lasts of another plan, and shares its fate: money that goes back cuts both.

    A compensation says that its customer was kept out from `starts_at` on for `length`: whatever ran then stands still
    for as long, and goes on after it. Where nothing ran it is time by itself, as `UNCHARGED_SOURCE` is. A negative
    length takes days off the end of what there was at `starts_at`: they are gone from what they were taken of, whatever
    goes back afterwards. What has no length, as the difference for another plan, moves no end.
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
    def is_rest(self) -> bool:
        """Whether what ran then stands still for it."""
        return self.kind is LedgerKind.COMPENSATION and not self.source_key.startswith(UNCHARGED_SOURCE)


PROVIDERS_TIME = frozenset({LedgerKind.PAYMENT, LedgerKind.TRIAL, LedgerKind.PROMOTION})
"""Entries whose time is a period of the provider's, where one manages the subscription."""
_BROUGHT_BY_PAYMENT: Final = frozenset({LedgerKind.PAYMENT, LedgerKind.TOKEN, LedgerKind.PROMOTION})
"""Entries that share a payment and are time by it: its period, days of a promotion, a gift that was opened."""
_GIVEN: Final = frozenset({LedgerKind.TOKEN, LedgerKind.ADMIN_GRANT})
CUTS: Final = frozenset({LedgerKind.REFUND, LedgerKind.DISPUTE})
IMPORT_NOTE: Final = "import"
"""Note of an entry for time that a customer brought along from elsewhere."""
UNCHARGED_SOURCE: Final = "uncharged"
"""What the source of a compensation begins with that bridges the time until a provider charges again."""
REFERRAL_SOURCE: Final = "referral"
"""What the source of days for a friend begins with; the id of the payment that brought them follows."""
REVERSAL_SUFFIX: Final = ":back"
"""What the source of an entry ends with that takes back what the same source gave, wherever that lies."""


def access_until(entries: Iterable[LedgerEntry]) -> datetime | None:
    """When access ends: the fold `end = max(from, end) + length` over the entries in order of (from, id).

    The result does not depend on the order in which entries arrived. None without any entry that gives time.
    """
    pieces = _lay_out(list(entries))
    return pieces[-1].end if pieces else None


def last_running(entries: Iterable[LedgerEntry], at: datetime) -> tuple[LedgerEntry, datetime] | None:
    """The entry whose time runs at a moment, and until when, where no other's comes after it."""
    pieces = _lay_out(list(entries))
    open_pieces = [piece for piece in pieces if piece.end > at]
    if len(open_pieces) != 1 or open_pieces[0] is not pieces[-1] or open_pieces[0].begin > at:
        return None
    return open_pieces[0].entry, open_pieces[0].end


def entries_ahead(entries: Iterable[LedgerEntry], at: datetime) -> Sequence[LedgerEntry]:
    """Return the entries whose time has not run out at a moment, in the order in which it runs."""
    return [piece.entry for piece in _lay_out(list(entries)) if piece.end > at]


def is_apart_from(period_start: datetime, entries: Iterable[LedgerEntry], at: datetime) -> bool:
    """Return True if the time that runs at a moment is not the provider's period that began at `period_start`: it was
    given, or belongs to an earlier period and was left over."""
    running = [piece.entry for piece in _lay_out(list(entries)) if piece.begin <= at < piece.end]
    return any(entry.kind in _GIVEN or entry.starts_at < period_start for entry in running)


def left_of(entries: Iterable[LedgerEntry], source_key: str, at: datetime) -> timedelta:
    """How much of what one cause gave, in its place among the rest, has not run at a moment."""
    own = [piece for piece in _lay_out(list(entries)) if piece.entry.source_key == source_key]
    return sum((max(piece.end - max(piece.begin, at), timedelta()) for piece in own), timedelta())


def use_of(
    entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime
) -> tuple[timedelta, timedelta]:
    """Return how much of the time that these payments brought has run at a moment, and how much they brought.

    That includes days of a promotion on top of a period, and the time of a gift that was opened. Each entry counts in
    its place among the rest; what went over to another plan runs as the part of it that it was.
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
    """The longest time that came from one cause and had not run out at a moment: a year's, or one of many months'."""
    return max((piece.length for piece in _lay_out(list(entries)) if piece.end > start), default=timedelta())


def unbroken_starts(entries: Iterable[LedgerEntry]) -> Sequence[datetime]:
    """Return when the payments of the run of time began that reaches the end of access without a gap."""
    starts, begin = list[datetime](), None
    for piece in reversed(_lay_out(list(entries))):
        if begin is not None and piece.end < begin:
            break
        begin = piece.begin
        if piece.entry.kind is LedgerKind.PAYMENT and piece.length:
            starts.append(piece.begin)
    return starts


def was_past(entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime) -> bool:
    """Return True if the time that came of these payments was over at a moment, and other time comes after it.

    Compensation stands for time that was had before, and is none.
    """
    return any(entry.kind is not LedgerKind.COMPENSATION for entry in _entries_after(entries, payments, at))


def was_bought_after(
    entries: Iterable[LedgerEntry],
    payments: Collection[PaymentId],
    at: datetime,
    paying: Collection[PaymentId] | None = None,
) -> bool:
    """Return True if the time that came of these payments was over at a moment, and a paid period comes after it.

    Days that were given are no paid period. paying: the payments that count; None for all.
    """
    later = _entries_after(entries, payments, at)
    return any(
        entry.kind is LedgerKind.PAYMENT if entry.payment_id is None else paying is None or entry.payment_id in paying
        for entry in later
    )


def days_returning(entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime) -> timedelta:
    """Return how much of the days for a friend has not run at a moment that these payments brought: the days go back
    with the money."""
    entries = list(entries)
    return sum((left_of(entries, referral_source(payment_id), at) for payment_id in payments), timedelta())


def referral_source(payment_id: PaymentId) -> str:
    """Return the source key of the days for a friend that a payment brought."""
    return f"{REFERRAL_SOURCE}:{payment_id}"


def _entries_after(
    entries: Iterable[LedgerEntry], payments: Collection[PaymentId], at: datetime
) -> Sequence[LedgerEntry]:
    """Return what comes after the time of these payments; nothing while that runs."""
    pieces = _lay_out(list(entries))
    last_end = max((piece.end for piece in pieces if piece.entry.payment_id in payments), default=None)
    if last_end is None or last_end > at:
        return []
    return [piece.entry for piece in pieces if piece.end > last_end]


@dataclass(frozen=True)
class _Piece:
    """An entry in its place: what overlaps comes one after the other. length: without what stood still in it."""

    entry: LedgerEntry
    begin: datetime
    end: datetime
    length: timedelta


def _ran(piece: _Piece, at: datetime) -> timedelta:
    """How much of it has run at a moment before which all that stands still in it lies."""
    return piece.length - min(max(piece.end - max(piece.begin, at), timedelta()), piece.length)


@dataclass(frozen=True)
class _Rests:
    """The times in which nothing runs, one after the other. A moment counts for as much as ran before it."""

    spans: Sequence[tuple[datetime, datetime]]

    @classmethod
    def from_entries(cls, entries: Sequence[LedgerEntry]) -> "_Rests":
        spans = list[tuple[datetime, datetime]]()
        for entry in sorted(entries, key=_fold_order):
            begin = max(entry.starts_at, spans[-1][1]) if spans else entry.starts_at
            spans.append((begin, begin + entry.length))
        return cls(spans)

    def moment_without(self, at: datetime) -> datetime:
        """The moment, had nothing stood still before it."""
        return at - sum((min(end, at) - begin for begin, end in self.spans if begin < at), timedelta())

    def end(self, ran: datetime) -> datetime:
        """The moment by which so much has run."""
        for begin, end in self.spans:
            if begin >= ran:
                break
            ran += end - begin
        return ran

    def begin(self, ran: datetime) -> datetime:
        """The moment from which on more than that runs."""
        for begin, end in self.spans:
            if begin > ran:
                break
            ran += end - begin
        return ran


def _lay_out(ledger_entries: Sequence[LedgerEntry]) -> Sequence[_Piece]:
    """All entries that give time, in their places."""
    losses = dict[LedgerEntry, timedelta]()
    for entry in sorted(ledger_entries, key=_fold_order):
        if entry.length < timedelta():
            earlier = [each for each in ledger_entries if _fold_order(each) < _fold_order(entry)]
            _take(losses, entry, _place(earlier, losses))
    return _place(ledger_entries, losses)


def _take(losses: MutableMapping[LedgerEntry, timedelta], entry: LedgerEntry, pieces: Sequence[_Piece]) -> None:
    """Note what each entry loses by one of negative length: the last ones first, after what that takes back."""
    source_key, days = entry.source_key.removesuffix(REVERSAL_SUFFIX), -entry.length
    in_turn = sorted(pieces, key=lambda each: each.entry.source_key == source_key)
    for piece in reversed(in_turn):
        if not piece.entry.is_rest:
            loss = min(piece.length, days)
            losses[piece.entry] = losses.get(piece.entry, timedelta()) + loss
            days -= loss


def _place(ledger_entries: Sequence[LedgerEntry], losses: Mapping[LedgerEntry, timedelta]) -> Sequence[_Piece]:
    """Lay them out, what overlaps one after the other. losses: what was taken of each."""
    rests = _Rests.from_entries([entry for entry in ledger_entries if entry.is_rest])
    cuts, changes = _earliest(ledger_entries, CUTS, rests), _earliest(ledger_entries, {LedgerKind.CHANGE}, rests)
    pieces, end, spans = list[_Piece](), None, iter(rests.spans)
    grants = (entry for entry in ledger_entries if entry.kind not in CUTS and entry.length >= timedelta())
    for entry in sorted(grants, key=_fold_order):
        start = rests.moment_without(entry.starts_at)
        begin = start if end is None else max(start, end) if entry.length else end
        if entry.is_rest:
            span = next(spans)
            if end is None or end <= start:
                # Nothing ran that could stand still.
                pieces.append(_Piece(entry, *span, entry.length))
            continue
        length = min(entry.length - losses.get(entry, timedelta()), _until_cut(entry, begin, cuts))
        if entry.kind is LedgerKind.PAYMENT:
            length = min(length, _until_cut(entry, begin, changes))
        cut_at = cuts.get(entry.payment_id) if entry.payment_id is not None else None
        if pieces and cut_at is not None and cut_at < begin and entry.kind is LedgerKind.PAYMENT:
            # Taken back before it began: what came before it reaches no further for that.
            continue
        end = begin + length
        at = rests.begin(begin)
        # What counts for nothing in a rest lies where time runs again, and takes nothing from days before it.
        pieces.append(_Piece(entry, at, rests.end(end) if length else at, length))
    return pieces


def _earliest(
    ledger_entries: Sequence[LedgerEntry], kinds: Collection[LedgerKind], rests: _Rests
) -> Mapping[PaymentId, datetime]:
    """By payment, when an entry of these kinds first says that it counts no more."""
    moments: dict[PaymentId, datetime] = {}
    for entry in ledger_entries:
        if entry.kind in kinds and entry.payment_id is not None:
            at = rests.moment_without(entry.starts_at)
            moments[entry.payment_id] = min(at, moments.get(entry.payment_id, at))
    return moments


def _fold_order(entry: LedgerEntry) -> tuple[datetime, int, str]:
    # Entries that start together count the same in any order; the key still makes the fold reproducible.
    return entry.starts_at, entry.id or 0, entry.source_key


def _until_cut(entry: LedgerEntry, begin: datetime, cuts: Mapping[PaymentId, datetime]) -> timedelta:
    """How much of an entry may count that begins then."""
    cut_at = cuts.get(entry.payment_id) if entry.payment_id is not None else None
    return entry.length if cut_at is None else max(cut_at - begin, timedelta())
