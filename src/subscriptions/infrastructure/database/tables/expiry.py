"""Tables of bulk expiries and the owners' decisions."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, text

from subscriptions.domain.entities.bulk_expiry import (
    OPEN,
    BulkExpiryAnswer,
    BulkExpiryEntryState,
    BulkExpiryStatus,
    BulkExpiryStep,
)
from subscriptions.infrastructure.database.tables.base import key, literal_list, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import BESIDE_MONEY, CONTENT, OURS, OWN, person
from subscriptions.infrastructure.database.tables.subscriptions import subscriptions

sweeps = Table(
    "sweeps",
    metadata,
    key(),
    *state("status", BulkExpiryStatus),
    Column("allowed", Integer, nullable=False),
    Column("live", Integer, nullable=False),
    Column("forced", Boolean, nullable=False),
    moment("began_at"),
    moment("closes_at"),
    moment("ask_again_at", null=True),
    moment("undo_until", null=True),
    Index("ix_sweeps_under_way", "began_at", postgresql_where=text("status IN ('asking', 'gathering')")),
)

IS_OPEN = f"state IN ({literal_list(sorted(OPEN))})"

sweep_rows = Table(
    "swept",
    metadata,
    Column("sweep_id", ForeignKey(sweeps.c.id), nullable=False),
    Column("subscription_id", ForeignKey(subscriptions.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    *state("state", BulkExpiryEntryState),
    words("reason", CONTENT),
    moment("ended_on"),
    PrimaryKeyConstraint("sweep_id", "subscription_id"),
    Index("one_open_sweep_per_subscription", "subscription_id", unique=True, postgresql_where=text(IS_OPEN)),
    info=person(OWN, reason=BESIDE_MONEY),
)

# Only the first decision about each step counts; the primary key prevents a second one.
sweep_decisions = Table(
    "sweep_decisions",
    metadata,
    Column("sweep_id", ForeignKey(sweeps.c.id), nullable=False),
    *state("step", BulkExpiryStep),
    *state("answer", BulkExpiryAnswer),
    Column("by", BigInteger, nullable=False, info=OURS),
    moment("at"),
    PrimaryKeyConstraint("sweep_id", "step"),
)
