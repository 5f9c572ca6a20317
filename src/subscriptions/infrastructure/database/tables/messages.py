"""Messages owed to people."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.infrastructure.database.tables.base import key, metadata, moment, words

IS_OWED = "sent_at IS NULL AND failed IS NULL"
"""The condition of the partial index; a query must repeat it word by word to use it."""

notifications = Table(
    "notifications",
    metadata,
    key(),
    words("key"),
    words("kind"),
    Column("recipient", BigInteger, nullable=False),
    words("language"),
    words("zone", null=True),
    Column("params", JSONB, nullable=False),
    Column("subject", Uuid),
    Column("message_id", BigInteger),
    words("text", null=True),
    moment("sending_since", null=True),
    Column("repeated", Integer, nullable=False),
    moment("sent_at", null=True),
    words("failed", null=True),
    moment("created_at"),
    UniqueConstraint("key", name="one_notification_per_key"),
    Index("ix_notifications_owed", "created_at", postgresql_where=text(IS_OWED)),
    Index("ix_notifications_recipient", "recipient"),
    Index("ix_notifications_news", "recipient", "sent_at", postgresql_where=text("kind = 'owner_news'")),
    # What is kept of them for a while is looked for each hour.
    Index("ix_notifications_told", "sent_at", postgresql_where=text("recipient <> 0")),
    Index("ix_notifications_evidence", "sent_at", postgresql_where=text("text IS NOT NULL")),
    Index("ix_notifications_failed", "created_at", postgresql_where=text("failed IS NOT NULL AND recipient <> 0")),
    Index("ix_notifications_repeated", "kind", postgresql_where=text("repeated > 0")),
)
