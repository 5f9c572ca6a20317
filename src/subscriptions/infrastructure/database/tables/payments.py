"""Tables of payments, refunds, disputes and receipts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from subscriptions.domain.entities.receipt import ReceiptKind
from subscriptions.domain.entities.reversal import DisputeStatus, RefundStatus
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.checkout import orders
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    IDENTITY,
    LAW,
    MONEY,
    OF_PAYMENTS,
    OURS,
    OWN,
    TECHNICAL,
    Fate,
    person,
)
from subscriptions.infrastructure.database.tables.subscriptions import subscriptions

payments = Table(
    "payments",
    metadata,
    key(),
    words("provider", MONEY),
    words("payment_key", MONEY),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("subscription_id", ForeignKey(subscriptions.c.id)),
    *money("amount", negative=True),
    *state("status", PaymentStatus, MONEY),
    *state("flag", FlagReason, MONEY, null=True),
    Column("is_renewal", Boolean, nullable=False),
    moment("occurred_at", MONEY),
    moment("recorded_at"),
    moment("returning_since", null=True),
    Column("part", Boolean, nullable=False, server_default=false()),
    *money("excess", null=True),
    UniqueConstraint("provider", "payment_key", name="one_payment_per_provider_key"),
    Index("ix_payments_customer_id", "customer_id"),
    Index("ix_payments_order_id", "order_id"),
    Index("ix_payments_subscription_id", "subscription_id"),
    Index("ix_payments_occurred_at", "occurred_at", "id"),
    Index("ix_payments_recorded_at", "recorded_at", "id"),
    Index("ix_payments_flagged", "occurred_at", "id", postgresql_where=text("status = 'flagged'")),
    info=person(OWN, reason=LAW),
)

refunds = Table(
    "refunds",
    metadata,
    key(),
    words("provider", MONEY),
    words("refund_key", MONEY),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    *money("amount"),
    *state("status", RefundStatus, MONEY),
    moment("occurred_at", MONEY),
    moment("recorded_at"),
    Column("repeats_dispute", Boolean, info=TECHNICAL),
    UniqueConstraint("provider", "refund_key", name="one_refund_per_provider_key"),
    Index("ix_refunds_payment_id", "payment_id"),
    Index("ix_refunds_occurred_at", "occurred_at"),
    info=person(OF_PAYMENTS, reason=LAW),
)

refund_requests = Table(
    "refund_requests",
    metadata,
    Column("operation", Text, primary_key=True, info=TECHNICAL),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    *money("amount"),
    moment("asked_at", MONEY),
    moment("accepted_at", null=True),
    moment("failed_at", null=True),
    # Without a foreign key: the refund is stored after the request that it answers.
    Column("refund_id", Uuid),
    UniqueConstraint("refund_id", name="one_request_per_refund"),
    Index("ix_refund_requests_payment_id", "payment_id"),
    info=person(OF_PAYMENTS, reason=LAW),
)

disputes = Table(
    "disputes",
    metadata,
    key(),
    words("provider", MONEY),
    words("dispute_key", MONEY),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    *state("status", DisputeStatus, MONEY),
    moment("opened_at", MONEY),
    moment("closed_at", MONEY, null=True),
    *money("amount", null=True),
    Column("by_refund", Boolean, info=TECHNICAL),
    UniqueConstraint("provider", "dispute_key", name="one_dispute_per_provider_key"),
    Index("ix_disputes_payment_id", "payment_id"),
    info=person(OF_PAYMENTS, reason=LAW),
)

# The row is locked while a number is assigned; a rollback makes the number available again.
receipt_series = Table(
    "receipt_series",
    metadata,
    Column("series", Text, primary_key=True, info=OURS),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last_number", Integer, nullable=False),
    CheckConstraint("last_number > 0", name="numbers_from_one"),
)

# Append-only, like the ledger.
receipts = Table(
    "receipts",
    metadata,
    key(),
    *state("kind", ReceiptKind),
    words("series", MONEY),
    Column("year", Integer, nullable=False, info=MONEY),
    Column("number", Integer, nullable=False, info=MONEY),
    Column("source_id", Uuid, nullable=False),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    words("customer_ref", IDENTITY, erasure="''"),
    words("plan_name", MONEY),
    words("provider", MONEY),
    *money("amount"),
    Column("tax_minor", BigInteger, info=MONEY),
    words("issuer", MONEY),
    Column("country", Text, info=MONEY),
    Column("corrects", ForeignKey("receipts.id")),
    moment("issued_at", MONEY),
    UniqueConstraint("series", "year", "number", name="one_receipt_per_number"),
    UniqueConstraint("kind", "source_id", name="one_receipt_per_source"),
    Index("ix_receipts_payment_id", "payment_id"),
    Index("ix_receipts_order_id", "order_id"),
    Index("ix_receipts_customer_id", "customer_id"),
    Index("ix_receipts_issued_at", "issued_at"),
    info=person(OWN, Fate.BLANK, reason=LAW),
)
