"""Tables of access to chats and of the ledger, which explains when access ends."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Interval,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.channels import telegram_channels
from subscriptions.infrastructure.database.tables.payments import payments
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    BESIDE_MONEY,
    CONTENT,
    LAW,
    OF_SUBSCRIPTIONS,
    OWN,
    TECHNICAL,
    Fate,
    person,
)
from subscriptions.infrastructure.database.tables.subscriptions import subscriptions

accesses = Table(
    "accesses",
    metadata,
    key(),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("channel_id", ForeignKey(telegram_channels.c.id), nullable=False),
    *state("status", AccessStatus),
    moment("ends_at", null=True),
    moment("joined_at", null=True),
    moment("left_at", null=True),
    words("reason", CONTENT, null=True, erasure="NULL"),
    Column("next_invite_id", Uuid),
    moment("created_at"),
    UniqueConstraint("customer_id", "channel_id", name="one_access_per_customer_and_channel"),
    Index("ix_accesses_channel_id", "channel_id"),
    # Index for metrics, which do not read finished rows.
    Index(
        "ix_accesses_outside",
        "status",
        postgresql_where=text("status IN ('action_required', 'failed', 'invited', 'pending')"),
    ),
    Index("ix_accesses_joined_at", "joined_at"),
    info=person(OWN, Fate.BLANK, reason=BESIDE_MONEY),
)

IS_GRANT: Final = "kind = 'admin_grant'"

# Append-only: entries are never changed or deleted.
ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("id", BigInteger, primary_key=True, info=TECHNICAL),
    Column("subscription_id", ForeignKey(subscriptions.c.id), nullable=False),
    *state("kind", LedgerKind),
    words("source_key", TECHNICAL),
    moment("starts_at"),
    Column("length", Interval, nullable=False),
    Column("payment_id", ForeignKey(payments.c.id)),
    Column("plan_id", Uuid),
    Column("changed_from", Uuid),
    words("note", CONTENT, erasure="''"),
    moment("created_at"),
    UniqueConstraint("subscription_id", "kind", "source_key", name="one_ledger_entry_per_cause"),
    Index("ix_ledger_entries_granted", "source_key", postgresql_where=text(IS_GRANT)),
    info=person(OF_SUBSCRIPTIONS, Fate.BLANK, reason=LAW),
)
