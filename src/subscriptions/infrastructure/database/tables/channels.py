"""Tables of channels and their invite links."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from subscriptions.domain.entities.channel import ChannelKind, ChannelStatus, InviteStatus
from subscriptions.infrastructure.database.tables.accounts import userbot_accounts
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    CONTACT,
    ERASED_NAME,
    IDENTITY,
    NOBODYS,
    OURS,
    OWN,
    PERSON,
    TECHNICAL,
    Fate,
    person,
)
from subscriptions.infrastructure.database.tables.resources import resources
from subscriptions.infrastructure.database.tables.subscriptions import subscriptions

IS_PRECREATED = "kind = 'personal' AND customer_id IS NULL AND status <> 'deleted'"
"""Condition of pre-created channels, whether their creation is finished or not."""

# `invite_link` repeats the valid link of `channel_invites`, for people who read the table.
telegram_channels = Table(
    "telegram_channels",
    metadata,
    key(),
    *state("kind", ChannelKind),
    *state("status", ChannelStatus),
    Column("customer_id", ForeignKey(customers.c.id)),
    Column("plan_id", ForeignKey(service_plans.c.id)),
    Column("subscription_id", ForeignKey(subscriptions.c.id)),
    Column("resource_id", ForeignKey(resources.c.id)),
    Column("account_id", ForeignKey(userbot_accounts.c.id)),
    Column("channel_id", BigInteger, info=CONTACT),
    Column("access_hash", BigInteger, info=TECHNICAL),
    words("invite_link", CONTACT, null=True, erasure="NULL"),
    words("title", IDENTITY, erasure=f"'{ERASED_NAME}'"),
    words("marker", TECHNICAL),
    moment("create_started_at", null=True),
    moment("created_at"),
    moment("ready_at", null=True),
    moment("delete_at", null=True),
    moment("adopted_at", null=True),
    moment("renamed_at", null=True),
    moment("looked_at", null=True),
    Column("replaces", ForeignKey("telegram_channels.id")),
    UniqueConstraint("subscription_id", name="one_channel_per_subscription"),
    UniqueConstraint("marker", name="one_channel_per_marker"),
    UniqueConstraint("channel_id", name="one_row_per_telegram_channel"),
    # A channel without a customer is pre-created and has neither plan nor subscription.
    CheckConstraint(
        "kind <> 'personal' OR customer_id IS NOT NULL OR (plan_id IS NULL AND subscription_id IS NULL)",
        name="personal_has_customer_or_is_stock",
    ),
    Index(
        "one_personal_channel_per_customer_and_plan",
        "customer_id",
        "plan_id",
        unique=True,
        postgresql_where=text("kind = 'personal' AND status <> 'deleted'"),
    ),
    Index("one_vip_channel", "kind", unique=True, postgresql_where=text("kind = 'vip' AND status <> 'deleted'")),
    Index("one_place_per_resource", "resource_id", unique=True, postgresql_where=text("status <> 'deleted'")),
    Index("ix_telegram_channels_created_at", "created_at", "id"),
    Index("ix_telegram_channels_account_id", "account_id"),
    Index(
        "ix_telegram_channels_title",
        "title",
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
        postgresql_where=text("customer_id IS NOT NULL"),
    ),
    Index("ix_telegram_channels_stock", "created_at", postgresql_where=text(IS_PRECREATED)),
    Index("ix_telegram_channels_plan_id", "plan_id"),
    Index("ix_telegram_channels_customer_id", "customer_id"),
    Index("ix_telegram_channels_delete_at", "delete_at", postgresql_where=text("delete_at IS NOT NULL")),
    info=person(OWN, Fate.BLANK, reason="by its number, so that it is certainly deleted at Telegram too"),
)

second_owners = Table(
    "second_owners",
    metadata,
    Column("channel_id", ForeignKey(telegram_channels.c.id), primary_key=True),
    Column("account_id", ForeignKey(userbot_accounts.c.id), nullable=False),
    words("link", OURS, null=True),
    moment("chosen_at"),
    Column("access_hash", BigInteger, info=OURS),
    moment("promoted_at", null=True),
    Index("ix_second_owners_account_id", "account_id"),
    info=NOBODYS,
)

channel_invites = Table(
    "channel_invites",
    metadata,
    key(),
    Column("channel_id", ForeignKey(telegram_channels.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    words("url", CONTACT),
    words("creator", TECHNICAL),
    *state("status", InviteStatus),
    moment("created_at"),
    moment("expires_at"),
    moment("revoked_at", null=True),
    Index("ix_channel_invites_channel_id", "channel_id"),
    Index("ix_channel_invites_live", "channel_id", postgresql_where=text("status = 'live'")),
    Index("ix_channel_invites_customer_id", "customer_id", postgresql_where=text("status = 'live'")),
    info=person(OWN, Fate.DELETE),
)

# Known members of a shared chat without an entitlement.
chat_guests = Table(
    "chat_guests",
    metadata,
    Column("channel_id", ForeignKey(telegram_channels.c.id, ondelete="CASCADE"), nullable=False),
    Column("telegram_id", BigInteger, nullable=False, info=IDENTITY),
    moment("seen_at"),
    PrimaryKeyConstraint("channel_id", "telegram_id"),
    info=person(f"telegram_id = {PERSON}", Fate.DELETE),
)

# Bans that Umbral may lift: a ban of a removal in progress, or a ban that staff wants lifted. All other bans are
# decisions of the chat's administrators.
bans_to_lift = Table(
    "bans_to_lift",
    metadata,
    Column("channel_id", ForeignKey(telegram_channels.c.id, ondelete="CASCADE"), nullable=False),
    Column("telegram_id", BigInteger, nullable=False, info=IDENTITY),
    moment("noted_at"),
    PrimaryKeyConstraint("channel_id", "telegram_id"),
    info=person(f"telegram_id = {PERSON}", Fate.DELETE),
)

# Topic of a plan in a forum group; `thread` is NULL while the topic is being created.
plan_topics = Table(
    "plan_topics",
    metadata,
    Column("channel_id", ForeignKey(telegram_channels.c.id, ondelete="CASCADE"), nullable=False),
    Column("plan_id", ForeignKey(service_plans.c.id, ondelete="CASCADE"), nullable=False),
    Column("thread", BigInteger, info=OURS),
    moment("asked_at"),
    PrimaryKeyConstraint("channel_id", "plan_id"),
    info=NOBODYS,
)
