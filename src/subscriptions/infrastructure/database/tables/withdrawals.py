"""Tables of withdrawals from contracts, and of the declarations about the right of withdrawal that customers make
before they pay.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, UniqueConstraint

from subscriptions.domain.entities.withdrawal import DeclarationKind
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.checkout import orders
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    CONTENT,
    IDENTITY,
    LAW,
    MONEY,
    OTHERS,
    OWN,
    Fate,
    person,
)

withdrawals = Table(
    "withdrawals",
    metadata,
    key(),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    words("plan_name", CONTENT),
    words("name", IDENTITY, erasure="''"),
    moment("contract_at", CONTENT),
    moment("declared_at", CONTENT),
    *money("amount", null=True),
    *money("kept", null=True),
    Column("automatic", Boolean, nullable=False, info=MONEY),
    moment("refund_due", MONEY),
    words("asked_by", OTHERS, null=True),
    UniqueConstraint("order_id", name="one_withdrawal_per_order"),
    Index("ix_withdrawals_customer_id", "customer_id"),
    info=person(OWN, Fate.BLANK, reason=LAW),
)

# Append-only: declarations accepted or not accepted before paying.
declarations = Table(
    "declarations",
    metadata,
    key(),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    *state("kind", DeclarationKind, CONTENT),
    Column("begins", Boolean, nullable=False, info=CONTENT),
    Column("acknowledges", Boolean, nullable=False, info=CONTENT),
    words("words", CONTENT),
    words("language", CONTENT),
    words("version", CONTENT),
    moment("declared_at", CONTENT),
    Index("ix_declarations_order_id", "order_id"),
    Index("ix_declarations_customer_id", "customer_id"),
    info=person(OWN, reason=LAW),
)
