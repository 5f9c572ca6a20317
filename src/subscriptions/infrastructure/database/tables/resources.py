"""Tables of resources, and of the resources that each plan includes, in order."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from subscriptions.domain.entities.content import ContentForm
from subscriptions.domain.entities.resource import EntryPolicy, ResourceStatus
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.personal import OF_SUBSCRIPTIONS, OURS, Fate, person
from subscriptions.infrastructure.database.tables.subscriptions import subscriptions

# The kind is the name of a strategy that this release may not know, so no check lists the kinds.
resources = Table(
    "resources",
    metadata,
    key(),
    words("soft_id", OURS),
    words("kind", OURS),
    words("title", OURS),
    *state("entry", EntryPolicy),
    *state("status", ResourceStatus),
    moment("created_at"),
    moment("updated_at", null=True),
    Column("tidy", Boolean, nullable=False, server_default=sql("false")),
    words("welcome", OURS, null=True),
    Column("topics", Boolean, nullable=False, server_default=sql("false")),
    UniqueConstraint("soft_id", name="one_resource_per_soft_id"),
    CheckConstraint("soft_id ~ '^[a-z0-9-]{1,40}$'", name="soft_id_is_a_slug"),
)

resource_contents = Table(
    "resource_contents",
    metadata,
    Column("resource_id", ForeignKey(resources.c.id, ondelete="CASCADE"), primary_key=True),
    *state("form", ContentForm),
    words("body", OURS),
)

plan_resources = Table(
    "plan_resources",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id, ondelete="CASCADE"), nullable=False),
    Column("resource_id", ForeignKey(resources.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("plan_id", "resource_id"),
    Index("ix_plan_resources_resource_id", "resource_id"),
)

# State of a chat when the bot last saw it, including chats to which others added the bot, and the number of members
# that could not be identified.
seen_chats = Table(
    "seen_chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False, info=OURS),
    words("title", OURS),
    words("username", OURS, null=True),
    words("chat_type", OURS),
    Column("is_admin", Boolean, nullable=False),
    words("missing", OURS),
    Column("linked", BigInteger, info=OURS),
    Column("outsiders", Text, nullable=False, server_default="", info=OURS),
    Column("members_invite", Boolean, nullable=False),
    moment("seen_at"),
    Column("unnamed", Integer),
    moment("counted_at", null=True),
)

HINDERED = "(NOT seen_chats.is_admin OR string_to_array(seen_chats.missing, ' ') && ARRAY['invite', 'remove'])"
"""Condition of chats to which the bot cannot admit people, or from which it cannot remove them, as in
`ChannelLook.admits`.
"""

# Grandfathered entitlements: resources that a live subscription keeps although its plan no longer includes them.
kept_openings = Table(
    "kept_openings",
    metadata,
    Column("subscription_id", ForeignKey(subscriptions.c.id, ondelete="CASCADE"), nullable=False),
    Column("resource_id", ForeignKey(resources.c.id), nullable=False),
    moment("until"),
    PrimaryKeyConstraint("subscription_id", "resource_id"),
    Index("ix_kept_openings_until", "until"),
    info=person(OF_SUBSCRIPTIONS, Fate.DELETE),
)
