"""Broadcasts and whom they reached."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.broadcast import BroadcastStatus, Reached
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.people import customers

broadcasts = Table(
    "broadcasts",
    metadata,
    key(),
    words("key"),
    Column("author", BigInteger),
    Column("content", JSONB, nullable=False),
    Column("audience", JSONB),
    *state("status", BroadcastStatus),
    Column("revision", Integer, nullable=False),
    moment("starts_at", null=True),
    moment("begun_at", null=True),
    moment("ended_at", null=True),
    Column("card", BigInteger),
    moment("created_at"),
    UniqueConstraint("key", name="one_broadcast_per_key"),
    CheckConstraint("revision >= 1", name="revision_from_one"),
    Index("ix_broadcasts_created_at", "created_at"),
)

# Nobody is sent one twice: there is one row for each, and who takes it from `pending` sends it.
broadcast_deliveries = Table(
    "broadcast_deliveries",
    metadata,
    Column("broadcast_id", ForeignKey(broadcasts.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    *state("status", Reached),
    words("failed", null=True),
    Column("message_id", BigInteger),
    words("others", null=True),
    Column("revision", Integer, nullable=False),
    moment("sending_since", null=True),
    PrimaryKeyConstraint("broadcast_id", "customer_id"),
    Index("ix_broadcast_deliveries_customer_id", "customer_id"),
    Index("ix_broadcast_deliveries_open", "broadcast_id", postgresql_where=text("status IN ('pending', 'sending')")),
)
