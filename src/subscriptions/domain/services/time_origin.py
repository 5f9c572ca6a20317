"""Origin of a subscription's remaining time when nothing more is charged for it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from subscriptions.domain.entities.ledger import IMPORT_NOTE, LedgerEntry, LedgerKind, entries_ahead


class TimeOrigin(StrEnum):
    """Origin of the time that a customer has left."""

    PAID = "paid"
    """Time that was bought, either period by period or once."""
    GIFT = "gift"
    """From a gift or a code, granted by staff, or earned by a referral."""
    FREE = "free"
    """Time of a free plan."""
    IMPORTED = "imported"
    """Granted by an import from another system."""


def origin_of(entries: Iterable[LedgerEntry], at: datetime, *, is_free: bool) -> TimeOrigin | None:
    """Return the origin of the time left at a timestamp; None if none is left.

    Bought time takes precedence over time added to it. `is_free`: the plan is free.
    """
    ahead = entries_ahead(entries, at)
    if not ahead:
        return None
    if any(entry.kind in {LedgerKind.PAYMENT, LedgerKind.CHANGE} for entry in ahead):
        return TimeOrigin.PAID
    if any(entry.note == IMPORT_NOTE for entry in ahead):
        return TimeOrigin.IMPORTED
    return TimeOrigin.FREE if is_free else TimeOrigin.GIFT
