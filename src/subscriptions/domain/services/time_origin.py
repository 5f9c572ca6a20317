"""Where the time of a subscription came from that nothing is charged for any more."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from subscriptions.domain.entities.ledger import IMPORT_NOTE, LedgerEntry, LedgerKind, entries_ahead


class TimeOrigin(StrEnum):
    """Origin of the time that a customer has left."""

    PAID = "paid"
    """Bought for a period, or once."""
    GIFT = "gift"
    """Opened with a gift or a code, given by staff, or earned by bringing a friend."""
    FREE = "free"
    """Of a plan that costs nothing."""
    IMPORTED = "imported"
    """Brought along from where the customer was before."""


def origin_of(entries: Iterable[LedgerEntry], at: datetime, *, is_free: bool) -> TimeOrigin | None:
    """Return the origin of the time that is left at a moment; None where none is left.

    Time that was bought outweighs what was added to it. is_free: the plan costs nothing.
    """
    ahead = entries_ahead(entries, at)
    if not ahead:
        return None
    if any(entry.kind in {LedgerKind.PAYMENT, LedgerKind.CHANGE} for entry in ahead):
        return TimeOrigin.PAID
    if any(entry.note == IMPORT_NOTE for entry in ahead):
        return TimeOrigin.IMPORTED
    return TimeOrigin.FREE if is_free else TimeOrigin.GIFT
