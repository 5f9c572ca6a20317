"""Tables of invoice requests and of the invoice records sent to the tax office."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    UniqueConstraint,
    text,
)

from features.invoices.domain.invoice import InvoiceIssuer, InvoiceKind, RecordKind, RecordState
from subscriptions.infrastructure.database.rights import Rights
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.payments import receipts
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    CONTENT,
    IDENTITY,
    LAW,
    MONEY,
    OWN,
    TECHNICAL,
    Fate,
    person,
)

invoice_requests = Table(
    "invoice_requests",
    metadata,
    key(),
    Column("receipt_id", ForeignKey(receipts.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    words("tax_id", IDENTITY, erasure="''"),
    words("name", IDENTITY, erasure="''"),
    words("address", IDENTITY, erasure="''"),
    moment("asked_at", CONTENT),
    *state("way", InvoiceIssuer, default=InvoiceIssuer.HANDOVER),
    UniqueConstraint("receipt_id", name="one_invoice_request_per_receipt"),
    Index("ix_invoice_requests_customer_id", "customer_id"),
    info=person(OWN, Fate.BLANK, reason=LAW),
)

# Append-only, except for the tax office's response. The data of the chain is never blanked, because the law requires it
# complete.
invoice_records = Table(
    "invoice_records",
    metadata,
    key(),
    Column("position", BigInteger, nullable=False, info=TECHNICAL),
    *state("kind", RecordKind),
    Column("revision", Integer, nullable=False),
    Column("rejected", Boolean, nullable=False),
    Column("receipt_id", ForeignKey(receipts.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    words("letters", TECHNICAL),
    words("series", MONEY),
    Column("year", Integer, nullable=False, info=MONEY),
    Column("number", Integer, nullable=False, info=MONEY),
    *state("kind_of_invoice", InvoiceKind, MONEY),
    Column("issued_on", Date, nullable=False, info=MONEY),
    Column("sold_on", Date, nullable=False, info=MONEY),
    words("issuer_tax_id", TECHNICAL),
    words("issuer_name", TECHNICAL),
    words("issuer", TECHNICAL),
    words("buyer_tax_id", IDENTITY),
    words("buyer_name", IDENTITY),
    words("buyer_address", IDENTITY),
    words("description", MONEY),
    Column("total_minor", BigInteger, nullable=False, info=MONEY),
    Column("tax_minor", BigInteger, nullable=False, info=MONEY),
    Column("rate", Numeric(5, 2), nullable=False, info=MONEY),
    words("corrects", MONEY, null=True),
    Column("corrected_on", Date, info=MONEY),
    words("before", TECHNICAL, null=True),
    Column("before_on", Date),
    words("before_hash", TECHNICAL, null=True),
    words("stamp", TECHNICAL),
    words("hash", TECHNICAL),
    words("link", MONEY),
    *state("state", RecordState),
    words("code", TECHNICAL, null=True),
    words("reason", TECHNICAL, null=True),
    words("csv", TECHNICAL, null=True),
    moment("sent_at", null=True),
    UniqueConstraint("position", name="one_record_per_position"),
    UniqueConstraint("receipt_id", "kind_of_invoice", "kind", "revision", name="one_record_per_revision"),
    UniqueConstraint("series", "year", "number", "kind", "revision", name="one_invoice_per_number"),
    CheckConstraint("(position = 1) = (before_hash IS NULL)", name="chained"),
    CheckConstraint("number > 0", name="numbers_from_one"),
    Index("ix_invoice_records_customer_id", "customer_id"),
    Index("invoice_records_waiting", "position", postgresql_where=text("state = 'waiting'")),
    info=person(OWN, reason=LAW),
)

_BUYER: Final = "w:tax_id,name,address"
"""Columns of a request that staff can correct and that erasing the customer blanks."""
GRANTS: Final = (
    ("invoice_records", Rights("", "ra w:state,code,reason,csv,sent_at", "r", "", "r")),
    ("invoice_requests", Rights("", f"ra {_BUYER}", f"ra {_BUYER}", "", f"ra {_BUYER}")),
)
"""Database privileges of each process on the feature's tables."""
