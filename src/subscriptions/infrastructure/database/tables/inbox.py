"""What came from outside and waits to be worked on."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.ports.repositories.inbox import InboxStatus, Origin
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words

EVENT_REFS: Final = """ARRAY[event #>> '{data,telegram_id}', event #>> '{data,order_id}',
    event #>> '{data,payment_key}', event #>> '{data,about_payment}', event #>> '{data,subscription_ref}',
    event #>> '{data,checkout_ref}', event #>> '{data,customer_ref}']"""
"""What an event names, as the index `ix_webhook_inbox_refs` holds it (migration `find_letters`)."""

webhook_inbox = Table(
    "webhook_inbox",
    metadata,
    key(),
    words("provider"),
    words("event_key"),
    Column("event", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    *state("status", InboxStatus),
    words("note", null=True),
    Column("attempts", Integer, nullable=False),
    moment("received_at"),
    moment("handled_at", null=True),
    *state("origin", Origin, default=Origin.TOLD),
    UniqueConstraint("provider", "event_key", name="one_inbox_row_per_provider_event"),
    Index(
        "one_event_per_transmission",
        "provider",
        text("(event #>> '{data,transmission}')"),
        unique=True,
        postgresql_where=text("event #>> '{data,transmission}' IS NOT NULL"),
    ),
    Index("ix_webhook_inbox_pending", "received_at", postgresql_where=text("status = 'pending'")),
    Index("ix_webhook_inbox_parked", "provider", postgresql_where=text("status = 'parked'")),
    Index("ix_webhook_inbox_heard", "provider", "origin", "received_at"),
    Index("ix_webhook_inbox_received_at", "received_at", "id"),
    Index("ix_webhook_inbox_refs", text(f"({EVENT_REFS})"), postgresql_using="gin"),
    Index("ix_webhook_inbox_bodies", "handled_at", postgresql_where=text("octet_length(body) > 0")),
    Index("ix_webhook_inbox_left", "handled_at", postgresql_where=text("status IN ('ignored', 'parked')")),
)

app_presses = Table(
    "app_presses",
    metadata,
    key(),
    Column("person", BigInteger, nullable=False),
    words("key"),
    words("data"),
    Column("before", Uuid),
    Column("place", Integer, nullable=False),
    Column("names", JSONB, nullable=False),
    moment("asked_at"),
    Column("messages", JSONB(none_as_null=True)),
    moment("answered_at", null=True),
    UniqueConstraint("person", "key", name="one_app_press_per_key"),
    Index("ix_app_presses_asked_at", "asked_at"),
)

bot_updates = Table(
    "bot_updates",
    metadata,
    Column("bot_id", BigInteger, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("chat_key", BigInteger, nullable=False),
    Column("payload", JSONB, nullable=False),
    moment("received_at"),
    Column("attempts", Integer, nullable=False),
    moment("done_at", null=True),
    words("failed", null=True),
    PrimaryKeyConstraint("bot_id", "update_id"),
    Index("ix_bot_updates_open", "bot_id", "chat_key", "update_id", postgresql_where=text("done_at IS NULL")),
    Index("ix_bot_updates_done", "done_at", postgresql_where=text("done_at IS NOT NULL")),
)
