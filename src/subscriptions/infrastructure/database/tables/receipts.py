"""Numbered receipts, and the last number of each series and year."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from subscriptions.domain.entities.receipt import ReceiptKind
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.customers import customers
from subscriptions.infrastructure.database.tables.orders import orders
from subscriptions.infrastructure.database.tables.subscriptions import payments

# Its row is the lock under which numbers are given: what is rolled back gives its number back.
receipt_series = Table(
    "receipt_series",
    metadata,
    Column("series", Text, primary_key=True),
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
    words("series"),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("payment_id", ForeignKey(payments.c.id), nullable=False),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    words("customer_ref"),
    words("plan_name"),
    words("provider"),
    *money("amount"),
    Column("tax_minor", BigInteger),
    words("issuer"),
    Column("corrects", ForeignKey("receipts.id")),
    moment("issued_at"),
    UniqueConstraint("series", "year", "number", name="one_receipt_per_number"),
    UniqueConstraint("kind", "source_id", name="one_receipt_per_source"),
    Index("ix_receipts_payment_id", "payment_id"),
    Index("ix_receipts_order_id", "order_id"),
    Index("ix_receipts_customer_id", "customer_id"),
    Index("ix_receipts_issued_at", "issued_at"),
)
