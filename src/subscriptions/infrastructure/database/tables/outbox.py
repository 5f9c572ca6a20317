"""Tables of the operator's webhook endpoints and their events."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.outgoing import OutgoingState
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import CONTENT, IDENTITY, OURS, OWN, TECHNICAL, Fate, person

receivers = Table(
    "receivers",
    metadata,
    key(),
    words("name", OURS),
    words("url", OURS),
    words("kinds", OURS, null=True),
    words("secret", OURS),
    words("old_secret", OURS, null=True),
    moment("old_until", null=True),
    moment("created_at"),
    Column("failures", Integer, nullable=False),
    moment("failing_since", null=True),
    moment("rests_until", null=True),
    moment("off_since", null=True),
    words("off_reason", OURS, null=True),
    UniqueConstraint("name", name="one_receiver_per_name"),
)

outgoing_events = Table(
    "outgoing_events",
    metadata,
    key(),
    Column("receiver_id", ForeignKey(receivers.c.id, ondelete="CASCADE"), nullable=False),
    words("kind", TECHNICAL),
    Column("customer_id", ForeignKey(customers.c.id), info=IDENTITY),
    Column("payment_id", Uuid),
    Column("refund_id", Uuid),
    Column("subscription_id", Uuid),
    Column("facts", JSONB, nullable=False, info=CONTENT),
    moment("happened_at"),
    words("body", CONTENT, null=True),
    *state("state", OutgoingState),
    Column("attempts", Integer, nullable=False),
    moment("begun_at"),
    moment("next_at"),
    words("answer", TECHNICAL, null=True),
    moment("done_at", null=True),
    Index("ix_outgoing_events_waiting", "receiver_id", "next_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_outgoing_events_done", "done_at"),
    Index("ix_outgoing_events_receiver", "receiver_id", "happened_at"),
    Index("ix_outgoing_events_customer_id", "customer_id"),
    info=person(OWN, Fate.DELETE),
)
