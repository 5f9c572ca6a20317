"""Rows about a subscription in the tables of a shop in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.services.stored_facts import Rows


def rows_of(tables: Mapping[str, Sequence[Any]], subscription: Subscription) -> Rows:
    """Return the rows about a subscription."""
    entries = [row for row in tables.get("ledger_entries", ()) if row.subscription_id == subscription.id]
    paid = {entry.payment_id for entry in entries}
    payments = [row for row in tables.get("payments", ()) if row.subscription_id == subscription.id or row.id in paid]
    ids = {payment.id for payment in payments}
    return Rows(
        subscription=subscription,
        entries=entries,
        payments=payments,
        refunds=[row for row in tables.get("refunds", ()) if row.payment_id in ids],
        disputes=[row for row in tables.get("disputes", ()) if row.payment_id in ids],
        requests=[row for row in tables.get("refund_requests", ()) if row.payment_id in ids],
        holds=[row for row in tables.get("holds", ()) if row.subscription_id == subscription.id],
        reports=[row.report for row in tables.get("provider_reports", ()) if row.subscription_id == subscription.id],
    )
