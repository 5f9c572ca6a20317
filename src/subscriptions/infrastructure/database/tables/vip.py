"""Tables of activation tokens and VIP entries."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from subscriptions.domain.entities.activation_token import PREFIX
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.checkout import orders
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    CONTENT,
    OTHERS,
    OWN,
    TECHNICAL,
    Fate,
    mentions,
    person,
)
from subscriptions.infrastructure.database.tables.resources import resources
from subscriptions.infrastructure.database.tables.subscriptions import subscriptions

activation_tokens = Table(
    "activation_tokens",
    metadata,
    key(),
    words("token", TECHNICAL),
    Column("plan_id", ForeignKey(service_plans.c.id), nullable=False),
    *money("price"),
    Column("duration_days", Integer, nullable=False),
    moment("created_at"),
    Column("created_by", BigInteger, info=OTHERS),
    moment("expires_at"),
    words("note", CONTENT, erasure="''"),
    words("campaign", CONTENT),
    Column("batch", Uuid),
    Column("opened", Integer, nullable=False),
    moment("opened_at", null=True),
    moment("used_at", null=True),
    Column("used_by", ForeignKey(customers.c.id)),
    Column("subscription_id", ForeignKey(subscriptions.c.id)),
    moment("joined_at", null=True),
    moment("revoked_at", null=True),
    Column("revoked_by", BigInteger, info=OTHERS),
    Column("sealed", Boolean, nullable=False, server_default=false()),
    Column("keyless", Boolean, nullable=False, server_default=false()),
    Column("order_id", ForeignKey(orders.c.id), info=OTHERS),
    # Beginning of the code, which the web process may read. A complete code in plain text could be redeemed.
    Column("prefix", Text, Computed(f"left(token, {PREFIX})"), info=TECHNICAL),
    UniqueConstraint("token", name="one_row_per_activation_token"),
    UniqueConstraint("order_id", name="one_activation_token_per_gift"),
    CheckConstraint("token ~ '^[A-Z0-9]{16}$'", name="token_is_sixteen_characters"),
    CheckConstraint("sealed OR NOT keyless", name="keyless_are_sealed"),
    CheckConstraint("duration_days >= 1", name="gives_time"),
    CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="used_by_somebody"),
    CheckConstraint("used_at IS NULL OR revoked_at IS NULL", name="used_or_revoked"),
    Index("ix_activation_tokens_plan_id", "plan_id", "created_at"),
    Index("ix_activation_tokens_created_at", "created_at"),
    Index("ix_activation_tokens_batch", "batch", postgresql_where=text("batch IS NOT NULL")),
    Index("ix_activation_tokens_unsealed", "id", postgresql_where=text("NOT sealed")),
    Index("ix_activation_tokens_used_by", "used_by", postgresql_where=text("used_by IS NOT NULL")),
    info=person(
        "used_by = CAST(:customer AS uuid)",
        Fate.BLANK,
        scope=f"(used_by = CAST(:customer AS uuid) OR {mentions('note')})",
        reason="that a code was used, so that nobody uses it again",
    ),
)

vip_entries = Table(
    "vip_entries",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), primary_key=True),
    Column("vip_entry_stage", Integer, server_default=text("1")),
    Column("vip_entry_token", String(64), info=TECHNICAL),
    moment("invite_link_sent_at", null=True),
    moment("created_at"),
    UniqueConstraint("vip_entry_token", name="one_entry_per_vip_entry_token"),
    CheckConstraint("vip_entry_stage IN (1, 2, 3)", name="vip_entry_stage_known"),
    Index("idx_vip_entry_stage", "vip_entry_stage"),
    info=person(OWN, Fate.DELETE),
)

# VIP entries of all other resources. `vip_entries` follows the operator's specification, with one row per customer, and
# processes of the previous release write that table by its key.
ritual_entries = Table(
    "ritual_entries",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("resource_id", ForeignKey(resources.c.id, ondelete="CASCADE"), nullable=False),
    Column("vip_entry_stage", Integer, server_default=text("1")),
    Column("vip_entry_token", String(64), info=TECHNICAL),
    moment("invite_link_sent_at", null=True),
    moment("created_at"),
    PrimaryKeyConstraint("customer_id", "resource_id"),
    UniqueConstraint("vip_entry_token", name="one_ritual_entry_per_token"),
    CheckConstraint("vip_entry_stage IN (1, 2, 3)", name="vip_entry_stage_known"),
    Index("ix_ritual_entries_under_way", "resource_id", postgresql_where=text("vip_entry_stage IS NOT NULL")),
    info=person(OWN, Fate.DELETE),
)
