"""Money that went back."""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from subscriptions.domain.entities.reversal import DisputeStatus, RefundStatus
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.subscriptions import payments

refunds = Table(
    "refunds",
    metadata,
    key(),
    words("provider"),
    words("refund_key"),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    *money("amount"),
    *state("status", RefundStatus),
    moment("occurred_at"),
    moment("recorded_at"),
    UniqueConstraint("provider", "refund_key", name="one_refund_per_provider_key"),
    Index("ix_refunds_payment_id", "payment_id"),
)

disputes = Table(
    "disputes",
    metadata,
    key(),
    words("provider"),
    words("dispute_key"),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    *state("status", DisputeStatus),
    moment("opened_at"),
    moment("closed_at", null=True),
    UniqueConstraint("provider", "dispute_key", name="one_dispute_per_provider_key"),
    Index("ix_disputes_payment_id", "payment_id"),
)
