"""Table of notifications, which are the bot's messages to customers and owners."""

from sqlalchemy import BigInteger, Column, Index, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.infrastructure.database.tables.base import delivery, key, metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import (
    CONTACT,
    CONTENT,
    PERSON,
    TECHNICAL,
    Fate,
    mentions,
    names_person,
    person,
    queued_work,
)

IS_OWED = "sent_at IS NULL AND failed IS NULL"
"""Condition of the partial index of unsent notifications. PostgreSQL uses the index only for a query that repeats this
condition literally.
"""

notifications = Table(
    "notifications",
    metadata,
    key(),
    words("key", TECHNICAL),
    words("kind", TECHNICAL),
    Column("recipient", BigInteger, nullable=False, info=CONTACT),
    words("language", TECHNICAL),
    words("zone", TECHNICAL, null=True),
    Column("params", JSONB, nullable=False, info=CONTENT),
    Column("subject", Uuid),
    *delivery(),
    words("text", CONTENT, null=True),
    moment("sent_at", null=True),
    moment("created_at"),
    UniqueConstraint("key", name="one_notification_per_key"),
    Index("ix_notifications_owed", "created_at", postgresql_where=text(IS_OWED)),
    Index("ix_notifications_created_at", "created_at", "id"),
    Index("ix_notifications_recipient", "recipient"),
    Index("ix_notifications_news", "recipient", "sent_at", postgresql_where=text("kind = 'owner_news'")),
    # The hourly search for expired rows uses this index.
    Index("ix_notifications_told", "sent_at", postgresql_where=text("recipient <> 0")),
    Index("ix_notifications_evidence", "sent_at", postgresql_where=text("text IS NOT NULL")),
    Index("ix_notifications_failed", "created_at", postgresql_where=text("failed IS NOT NULL AND recipient <> 0")),
    Index("ix_notifications_repeated", "kind", postgresql_where=text("repeated > 0")),
    # Messages to staff in the activity feed contain the person's name besides our customer id. Messages that are not
    # sent yet are erased too: if they were sent later, they would contain the name of an erased person, and no later
    # erasure would find them.
    info=person(
        f"recipient = {PERSON}",
        Fate.DELETE,
        scope=(
            f"(recipient = {PERSON} OR (kind = 'owner_news' OR coalesce(sent_at::text, failed) IS NOT NULL)"
            f" AND ({names_person('recipient', 'params::text')} OR {mentions('key')} OR {queued_work('params::text')}))"
        ),
    ),
)
