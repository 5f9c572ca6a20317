"""Records of plans: one chain each, which only grows."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, text

from subscriptions.domain.entities.record import EntryKind, WithdrawnRule
from subscriptions.infrastructure.database.tables.base import metadata, moment, state, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.picks import picks

# Append-only, like the ledger.
record_entries = Table(
    "record_entries",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("tip_id", ForeignKey(picks.c.id), nullable=False),
    *state("kind", EntryKind),
    moment("at"),
    moment("starts_at"),
    words("origin"),
    words("salt"),
    words("body"),
    words("previous"),
    words("hash"),
    PrimaryKeyConstraint("plan_id", "number"),
    CheckConstraint("number >= 1", name="number_from_one"),
    Index("ix_record_entries_tip_id", "tip_id", "number"),
    # A tip is published once, and settled for the first time once, whoever does it at the same moment.
    Index(
        "one_tip_per_pick",
        "tip_id",
        unique=True,
        postgresql_where=text("kind = 'published'"),
    ),
    Index("one_settlement_per_tip", "tip_id", unique=True, postgresql_where=text("kind = 'settled'")),
)

# Fixed by a trigger from the first entry of the plan on; a plan without a row counts as void.
record_rules = Table(
    "record_rules",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id, ondelete="CASCADE"), primary_key=True),
    *state("withdrawn", WithdrawnRule),
)
