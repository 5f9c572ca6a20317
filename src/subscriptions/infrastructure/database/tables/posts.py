"""Tables of posts and their deliveries, under the names that the first release gave them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.post import PostStatus
from subscriptions.infrastructure.database.tables.base import delivery, key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.channels import telegram_channels
from subscriptions.infrastructure.database.tables.personal import (
    CONTACT,
    CONTENT,
    OF_CHANNELS,
    OURS,
    TECHNICAL,
    Fate,
    person,
)

posts = Table(
    "picks",
    metadata,
    key(),
    words("key", OURS),
    Column("plan_id", ForeignKey(service_plans.c.id), nullable=False),
    Column("content", JSONB, nullable=False, info=OURS),
    *state("status", PostStatus),
    Column("revision", Integer, nullable=False),
    words("accepted_as", OURS, null=True),
    moment("created_at"),
    moment("deadline", null=True),
    moment("publish_at", null=True),
    Column("reminds_of", ForeignKey("picks.id")),
    UniqueConstraint("key", name="one_pick_per_key"),
    CheckConstraint("revision >= 1", name="revision_from_one"),
    Index("ix_picks_plan_id", "plan_id"),
    Index("one_reminder_per_tip", "reminds_of", unique=True, postgresql_where=text("reminds_of IS NOT NULL")),
    Index("ix_picks_deadline", "deadline", postgresql_where=text("deadline IS NOT NULL")),
)

post_deliveries = Table(
    "pick_deliveries",
    metadata,
    key(),
    Column("pick_id", ForeignKey(posts.c.id), nullable=False),
    Column("channel_id", ForeignKey(telegram_channels.c.id), nullable=False),
    Column("chat_id", BigInteger, nullable=False, info=CONTACT),
    words("bot", TECHNICAL, null=True),
    *delivery(),
    Column("revision", Integer, nullable=False),
    words("others", CONTENT, null=True),
    moment("created_at"),
    UniqueConstraint("pick_id", "channel_id", name="one_delivery_per_pick_and_channel"),
    Index("ix_pick_deliveries_channel_id", "channel_id"),
    # Unsent copies are searched for every minute.
    Index("ix_pick_deliveries_repeated", "bot", postgresql_where=text("repeated > 0")),
    Index("ix_pick_deliveries_unsent", "pick_id", postgresql_where=text("revision = 0")),
    info=person(OF_CHANNELS, Fate.DELETE),
)
