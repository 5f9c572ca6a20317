"""Table of responses to disputes. Submitted responses are kept."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table

from features.evidence.domain import ResponseStatus
from subscriptions.infrastructure.database.rights import Rights
from subscriptions.infrastructure.database.tables.base import metadata, moment, state, words
from subscriptions.infrastructure.database.tables.payments import disputes, payments
from subscriptions.infrastructure.database.tables.personal import (
    IDENTITY,
    LAW,
    MONEY,
    OF_PAYMENTS,
    TECHNICAL,
    Fate,
    person,
    with_erasure,
)

dispute_responses = Table(
    "dispute_responses",
    metadata,
    Column("dispute_id", ForeignKey(disputes.c.id), primary_key=True),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    *state("status", ResponseStatus),
    moment("due_at", MONEY, null=True),
    moment("offered_at"),
    words("asked_by", TECHNICAL, null=True),
    moment("asked_at", null=True),
    moment("sent_at", MONEY, null=True),
    words("reason", MONEY, null=True),
    Column("document", LargeBinary, info=with_erasure(IDENTITY, "NULL")),
    Column("record", LargeBinary, info=with_erasure(IDENTITY, "NULL")),
    Index("ix_dispute_responses_payment_id", "payment_id"),
    info=person(OF_PAYMENTS, Fate.BLANK, reason=LAW),
)

GRANTS: Final = (("dispute_responses", Rights("", "raw", "raw", "", "raw")),)
"""Database rights of the processes, keyed by table."""
