"""The append-only entries that explain when access ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """`length` of access that counts from `starts_at` at the earliest.

    source_key: what caused the entry, unique with its kind, so that one cause counts once. id: the database's number,
    None until stored. A refund or dispute is a later entry with the `payment_id` it cuts and `starts_at` the moment of
    the cut: the payment then counts only for what had run by then.
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


PROVIDERS_TIME = frozenset({LedgerKind.PAYMENT, LedgerKind.TRIAL, LedgerKind.PROMOTION})
"""Entries whose time is a period of the provider's, where one manages the subscription."""
_CUTS = frozenset({LedgerKind.REFUND, LedgerKind.DISPUTE})


def access_until(entries: Iterable[LedgerEntry]) -> datetime | None:
    """When access ends: the fold `end = max(from, end) + length` over the entries in order of (from, id).

    The result does not depend on the order in which entries arrived. None without any entry that gives time.
    """
    laid = _laid(list(entries))
    return laid[-1].end if laid else None


def ran_between(entries: Iterable[LedgerEntry], since: datetime, until: datetime) -> timedelta:
    """How much of what counts in full, payments that were cut left out, ran from one moment to the other."""
    known = list(entries)
    cut = _cuts(known)
    whole = [piece for piece in _laid(known) if piece.entry.payment_id is None or piece.entry.payment_id not in cut]
    ran = (min(piece.end, until) - max(piece.begin, since) for piece in whole)
    return sum((length for length in ran if length > timedelta()), timedelta())


@dataclass(frozen=True)
class _Piece:
    """An entry in its place: what overlaps comes one after the other."""

    entry: LedgerEntry
    begin: datetime
    end: datetime


def _laid(known: Sequence[LedgerEntry]) -> list[_Piece]:
    cuts, laid = _cuts(known), list[_Piece]()
    given = (entry for entry in known if entry.kind not in _CUTS)
    for entry in sorted(given, key=_fold_order):
        begin = max(entry.starts_at, laid[-1].end) if laid else entry.starts_at
        laid.append(_Piece(entry, begin, begin + _counting_length(entry, begin, cuts)))
    return laid


def _cuts(known: Sequence[LedgerEntry]) -> dict[PaymentId, datetime]:
    cuts: dict[PaymentId, datetime] = {}
    for entry in known:
        if entry.kind in _CUTS and entry.payment_id is not None:
            cuts[entry.payment_id] = min(entry.starts_at, cuts.get(entry.payment_id, entry.starts_at))
    return cuts


def _fold_order(entry: LedgerEntry) -> tuple[datetime, int, str]:
    # Entries that start together count the same in any order; the key still makes the fold reproducible.
    return entry.starts_at, entry.id or 0, entry.source_key


def _counting_length(entry: LedgerEntry, begin: datetime, cuts: dict[PaymentId, datetime]) -> timedelta:
    cut = cuts.get(entry.payment_id) if entry.payment_id is not None else None
    if cut is None:
        return entry.length
    return min(entry.length, max(cut - begin, timedelta()))
