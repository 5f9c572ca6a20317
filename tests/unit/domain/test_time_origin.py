"""Origin of a customer's remaining time if no further charge follows, for example a code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.domain.entities.ledger import BROUGHT_SOURCE, IMPORT_NOTE, LedgerEntry, LedgerKind
from subscriptions.domain.ids import PaymentId, SubscriptionId, new_uuid
from subscriptions.domain.services.time_origin import TimeOrigin, origin_of

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
K = LedgerKind


def entry(
    kind: LedgerKind,
    starts_at: datetime = NOW,
    length: timedelta = MONTH,
    note: str = "",
    *,
    source_key: str = "",
    is_paid: bool = False,
) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=SubscriptionId(new_uuid()),
        kind=kind,
        source_key=source_key or str(new_uuid()),
        starts_at=starts_at,
        length=length,
        payment_id=PaymentId(new_uuid()) if is_paid else None,
        note=note,
        created_at=starts_at,
    )


@pytest.mark.parametrize(
    ("entries", "is_free", "origin"),
    [
        ([entry(K.PAYMENT)], False, TimeOrigin.PAID),
        ([entry(K.TOKEN)], False, TimeOrigin.CODE),
        ([entry(K.TOKEN, is_paid=True)], False, TimeOrigin.FROM_ANOTHER),
        ([entry(K.TOKEN, source_key="promotion:1", is_paid=True)], False, TimeOrigin.PAID),
        ([entry(K.ADMIN_GRANT)], False, TimeOrigin.STAFF),
        ([entry(K.ADMIN_GRANT, note=BROUGHT_SOURCE)], False, TimeOrigin.BROUGHT),
        ([entry(K.COMPENSATION, source_key="uncharged:1")], False, TimeOrigin.STAFF),
        ([entry(K.TRIAL)], False, TimeOrigin.TRIAL),
        ([entry(K.FREE_PERIOD)], False, TimeOrigin.FREE_PERIOD),
        ([entry(K.TOKEN), entry(K.ADMIN_GRANT, NOW + MONTH)], False, TimeOrigin.CODE),
        ([entry(K.FREE_PERIOD)], True, TimeOrigin.FREE),
        ([entry(K.ADMIN_GRANT, note=IMPORT_NOTE)], False, TimeOrigin.IMPORTED),
        ([entry(K.PAYMENT), entry(K.ADMIN_GRANT)], False, TimeOrigin.PAID),
        ([entry(K.PAYMENT, NOW - MONTH), entry(K.ADMIN_GRANT)], False, TimeOrigin.STAFF),
        ([entry(K.PAYMENT, NOW - MONTH)], False, None),
        ([], False, None),
    ],
)
def test_origin_of_access_is_derived_from_the_ledger_entry_in_use(
    entries: list[LedgerEntry], origin: TimeOrigin | None, *, is_free: bool
) -> None:
    assert origin_of(entries, NOW, is_free=is_free) is origin
