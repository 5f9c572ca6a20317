"""What the operator's people work with: open dialogues, and alarms until they are settled."""

from sqlalchemy import BigInteger, Column, Index, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.infrastructure.database.tables.base import key, metadata, moment, words

dialogues = Table(
    "dialogues",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    words("kind"),
    words("step"),
    Column("answers", JSONB, nullable=False),
    Column("message_id", BigInteger),
    moment("expires_at"),
    Index("ix_dialogues_expires_at", "expires_at"),
)

alarms = Table(
    "alarms",
    metadata,
    key(),
    words("key"),
    words("kind"),
    Column("facts", JSONB, nullable=False),
    moment("raised_at"),
    moment("closed_at", null=True),
    Column("closed_by", BigInteger),
    UniqueConstraint("key", name="one_alarm_per_key"),
    Index("ix_alarms_open", "raised_at", postgresql_where=text("closed_at IS NULL")),
)
