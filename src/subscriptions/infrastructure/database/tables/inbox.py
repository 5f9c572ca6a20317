"""Tables of incoming events that wait to be processed."""

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.ports.repositories.inbox import InboxStatus, Origin
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.personal import (
    CONTACT,
    CONTENT,
    MONEY,
    PERSON,
    REFS,
    TECHNICAL,
    Fate,
    mentions,
    names_person,
    person,
    with_erasure,
)

EVENT_REFS: Final = """ARRAY[event #>> '{data,telegram_id}', event #>> '{data,order_id}',
    event #>> '{data,payment_key}', event #>> '{data,about_payment}', event #>> '{data,subscription_ref}',
    event #>> '{data,checkout_ref}', event #>> '{data,customer_ref}']"""
"""SQL of the references in an event, identical to the expression of the index `ix_webhook_inbox_refs` (migration
`find_letters`).
"""

_BODY: Final = "encode(body, 'escape')"
LETTERS: Final = f"""({mentions("event::text", _BODY)} OR EXISTS (SELECT FROM unnest({REFS}) AS ref
    WHERE length(ref) >= 8 AND (strpos(event::text, ref) > 0 OR strpos({_BODY}, ref) > 0)))"""
"""Condition of events that mention the person or one of the person's references anywhere. The condition reads the whole
event, so use it for few rows only.
"""
WEBHOOKS: Final = f"({EVENT_REFS} && {REFS} OR status IN ('ignored', 'parked') AND {LETTERS})"
"""Condition of events that concern the person. Applied events are found by their references only."""

webhook_inbox = Table(
    "webhook_inbox",
    metadata,
    key(),
    words("provider", TECHNICAL),
    words("event_key", TECHNICAL),
    Column(
        "event",
        JSONB,
        nullable=False,
        info=with_erasure(
            MONEY,
            (
                "event || jsonb_build_object('data', (event->'data')"
                " || jsonb_build_object('telegram_id', NULL, 'customer_ref', NULL, 'evidence', '{}'::jsonb))"
            ),
        ),
    ),
    Column("body", LargeBinary, nullable=False, info=with_erasure(MONEY, "''::bytea")),
    *state("status", InboxStatus),
    words("note", TECHNICAL, null=True),
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
    info=person(
        WEBHOOKS,
        Fate.BLANK,
        scope=f"(status <> 'pending' AND {WEBHOOKS})",
        reason="that an event was applied, so that its repetition is known for one",
    ),
)

bot_updates = Table(
    "bot_updates",
    metadata,
    Column("bot_id", BigInteger, nullable=False, info=TECHNICAL),
    Column("update_id", BigInteger, nullable=False, info=TECHNICAL),
    Column("chat_key", BigInteger, nullable=False, info=CONTACT),
    Column("payload", JSONB, nullable=False, info=CONTENT),
    moment("received_at"),
    Column("attempts", Integer, nullable=False),
    moment("done_at", null=True),
    words("failed", TECHNICAL, null=True),
    PrimaryKeyConstraint("bot_id", "update_id"),
    Index("ix_bot_updates_open", "bot_id", "chat_key", "update_id", postgresql_where=text("done_at IS NULL")),
    Index("ix_bot_updates_done", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    # Updates in which other people wrote about the person are erased but not exported.
    info=person(
        f"chat_key = {PERSON}",
        Fate.DELETE,
        scope=f"(chat_key = {PERSON} OR done_at IS NOT NULL AND {names_person('chat_key', 'payload::text')})",
    ),
)
