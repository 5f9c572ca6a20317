"""Withdrawals from contracts, and what was declared about them before paying."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, UniqueConstraint

from subscriptions.domain.entities.withdrawal import DeclarationKind
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.checkout import orders
from subscriptions.infrastructure.database.tables.people import customers

withdrawals = Table(
    "withdrawals",
    metadata,
    key(),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    words("plan_name"),
    words("name"),
    moment("contract_at"),
    moment("declared_at"),
    *money("amount", null=True),
    *money("kept", null=True),
    Column("automatic", Boolean, nullable=False),
    moment("refund_due"),
    words("asked_by", null=True),
    UniqueConstraint("order_id", name="one_withdrawal_per_order"),
    Index("ix_withdrawals_customer_id", "customer_id"),
)

# Append-only: what was ticked, or left unticked, before paying.
declarations = Table(
    "declarations",
    metadata,
    key(),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    *state("kind", DeclarationKind),
    Column("begins", Boolean, nullable=False),
    Column("acknowledges", Boolean, nullable=False),
    words("words"),
    words("language"),
    words("version"),
    moment("declared_at"),
    Index("ix_declarations_order_id", "order_id"),
    Index("ix_declarations_customer_id", "customer_id"),
)
