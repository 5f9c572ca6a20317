"""Tables of the tip records of plans. The entries of each plan form one append-only hash chain."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    text,
)

from features.record.domain.record import EntryKind, WithdrawnRule
from features.record.domain.record_post import PostKind, Teasers
from subscriptions.infrastructure.database.rights import APPEND_ONLY, GOODS, KEPT, Rights
from subscriptions.infrastructure.database.tables.base import metadata, moment, state, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.personal import OURS
from subscriptions.infrastructure.database.tables.posts import posts

# Append-only, like the ledger.
record_entries = Table(
    "record_entries",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("tip_id", ForeignKey(posts.c.id), nullable=False),
    *state("kind", EntryKind),
    moment("at"),
    moment("starts_at"),
    words("origin", OURS),
    words("salt", OURS),
    words("body", OURS),
    words("previous", OURS),
    words("hash", OURS),
    PrimaryKeyConstraint("plan_id", "number"),
    CheckConstraint("number >= 1", name="number_from_one"),
    Index("ix_record_entries_tip_id", "tip_id", "number"),
    # A tip is published once and settled for the first time once, even under concurrency.
    Index(
        "one_tip_per_pick",
        "tip_id",
        unique=True,
        postgresql_where=text("kind = 'published'"),
    ),
    Index("one_settlement_per_tip", "tip_id", unique=True, postgresql_where=text("kind = 'settled'")),
)

# A trigger makes the rule unchangeable from the first entry of the plan. A plan without a row counts as void.
record_rules = Table(
    "record_rules",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id, ondelete="CASCADE"), primary_key=True),
    *state("withdrawn", WithdrawnRule),
)

# A plan without a row has no reminders.
tip_reminders = Table(
    "tip_reminders",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id, ondelete="CASCADE"), primary_key=True),
    Column("minutes", Integer, nullable=False),
    CheckConstraint("minutes >= 1", name="minutes_positive"),
)

record_channels = Table(
    "record_channels",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id, ondelete="CASCADE"), primary_key=True),
    words("username", OURS),
    words("language", OURS),
    *state("teasers", Teasers),
)

# Append-only, except for the message id of a post, which is added once. A teaser is refused from the start of its tip.
record_posts = Table(
    "record_posts",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id), nullable=False),
    *state("kind", PostKind),
    words("subject", OURS),
    Column("number", Integer),
    words("hash", OURS, null=True),
    words("username", OURS),
    words("text", OURS),
    moment("at"),
    Column("message_id", BigInteger, info=OURS),
    moment("posted_at", null=True),
    PrimaryKeyConstraint("plan_id", "kind", "subject"),
    CheckConstraint(
        "(kind IN ('opening', 'closing')) = (hash IS NOT NULL) AND (hash IS NULL) = (number IS NULL)",
        name="digest_has_hash",
    ),
    CheckConstraint("(message_id IS NULL) = (posted_at IS NULL)", name="posted_known"),
)

GRANTS: Final = (
    ("record_channels", GOODS._replace(web="r", worker="raw", userbot="", console="rawd")),
    ("record_entries", APPEND_ONLY._replace(web="ra", userbot="")),
    ("record_posts", Rights("r", "ra", "r w:message_id,posted_at", "", "r")),
    ("record_rules", KEPT._replace(web="r", userbot="", console="raw")),
    ("tip_reminders", GOODS._replace(web="r", worker="raw", userbot="", console="rawd")),
)
