"""Origin of remaining time without further charges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.domain.entities.ledger import IMPORT_NOTE, LedgerEntry, LedgerKind
from subscriptions.domain.ids import SubscriptionId, new_uuid
from subscriptions.domain.services.time_origin import TimeOrigin, origin_of

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
K = LedgerKind


def entry(kind: LedgerKind, starts_at: datetime = NOW, length: timedelta = MONTH, note: str = "") -> LedgerEntry:
    return LedgerEntry(
        subscription_id=SubscriptionId(new_uuid()),
        kind=kind,
        source_key=str(new_uuid()),
        starts_at=starts_at,
        length=length,
        note=note,
        created_at=starts_at,
    )


@pytest.mark.parametrize(
    ("entries", "is_free", "origin"),
    [
        ([entry(K.PAYMENT)], False, TimeOrigin.PAID),
        ([entry(K.TOKEN)], False, TimeOrigin.GIFT),
        ([entry(K.ADMIN_GRANT)], False, TimeOrigin.GIFT),
        ([entry(K.PROMOTION)], False, TimeOrigin.GIFT),
        ([entry(K.PROMOTION)], True, TimeOrigin.FREE),
        ([entry(K.ADMIN_GRANT, note=IMPORT_NOTE)], False, TimeOrigin.IMPORTED),
        ([entry(K.PAYMENT), entry(K.ADMIN_GRANT)], False, TimeOrigin.PAID),
        ([entry(K.PAYMENT, NOW - MONTH), entry(K.ADMIN_GRANT)], False, TimeOrigin.GIFT),
        ([entry(K.PAYMENT, NOW - MONTH)], False, None),
        ([], False, None),
    ],
)
def test_origin_is_that_of_the_remaining_time(
    entries: list[LedgerEntry], origin: TimeOrigin | None, *, is_free: bool
) -> None:
    assert origin_of(entries, NOW, is_free=is_free) is origin
