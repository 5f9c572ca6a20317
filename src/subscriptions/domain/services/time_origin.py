"""Origin of a subscription's remaining time when nothing more is charged for it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from subscriptions.domain.entities.ledger import (
    BROUGHT_SOURCE,
    DISCOUNT_SOURCE,
    IMPORT_NOTE,
    LedgerEntry,
    LedgerKind,
    entries_ahead,
)


class TimeOrigin(StrEnum):
    """Origin of the time that a customer has left."""

    PAID = "paid"
    """Time that was bought, either period by period or once."""
    FROM_ANOTHER = "gift"
    """Time bought by another customer as a gift."""
    CODE = "code"
    """Time granted by an activation code."""
    STAFF = "staff"
    """Time granted by staff, or as compensation."""
    BROUGHT = "referral"
    """Time earned by inviting another customer."""
    TRIAL = "trial"
    """Free trial of a plan."""
    FREE_PERIOD = "promotion"
    """Period that the provider charged at zero."""
    FREE = "free"
    """Time of a free plan."""
    IMPORTED = "imported"
    """Time granted by an import from another system."""


def origin_of(entries: Iterable[LedgerEntry], at: datetime, *, is_free: bool) -> TimeOrigin | None:
    """Return the origin of the time left at the given time. Return None if no time is left.

    Bought time, including promotion days, takes precedence over other time that was added to it. Otherwise the entry
    that runs next determines the origin. `is_free`: the plan is free.
    """
    ahead = entries_ahead(entries, at)
    if not ahead:
        return None
    if any(_is_bought(entry) for entry in ahead):
        return TimeOrigin.PAID
    if any(entry.note == IMPORT_NOTE for entry in ahead):
        return TimeOrigin.IMPORTED
    return TimeOrigin.FREE if is_free else _origin_of_entry(ahead[0])


def _is_bought(entry: LedgerEntry) -> bool:
    return entry.kind in {LedgerKind.PAYMENT, LedgerKind.CHANGE} or entry.source_key.startswith(DISCOUNT_SOURCE)


def _origin_of_entry(entry: LedgerEntry) -> TimeOrigin:
    match entry.kind:
        case LedgerKind.TOKEN:
            return TimeOrigin.CODE if entry.payment_id is None else TimeOrigin.FROM_ANOTHER
        case LedgerKind.TRIAL:
            return TimeOrigin.TRIAL
        case LedgerKind.FREE_PERIOD:
            return TimeOrigin.FREE_PERIOD
        case _:
            return TimeOrigin.BROUGHT if entry.note == BROUGHT_SOURCE else TimeOrigin.STAFF
