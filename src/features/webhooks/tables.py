"""Tables of webhook endpoints and of their events."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from features.webhooks.domain import OutgoingState
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database.rights import OURS as BOTH
from subscriptions.infrastructure.database.rights import Rights, Watched, later_than
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

_TRIES: Final = "w:state,attempts,begun_at,next_at,done_at"
"""Column rights for updating the delivery state of a webhook event. Only the worker writes the event's content."""
GRANTS: Final = (
    (
        "outgoing_events",
        BOTH._replace(
            bot=f"ra {_TRIES}",
            userbot="r:id a",
            console=f"ra {_TRIES}",
            recorded=later_than("coalesce(old.done_at, old.begun_at)", "-29 days"),
        ),
    ),
    (
        "receivers",
        Rights(
            *("", "raw", "rawd", "r:id,kinds,off_since", "rawd"),
            watched=Watched(
                "name",
                "concat_ws(', ', name, url)",
                changed="(new.name, new.url, new.secret) IS DISTINCT FROM (old.name, old.url, old.secret)",
            ),
        ),
    ),
)
"""Database privileges of the processes by table."""
PRUNE: Final = (
    (
        Record.OUTGOING,
        "DELETE FROM outgoing_events WHERE id = ANY(ARRAY("
        "SELECT id FROM outgoing_events WHERE done_at < :now - :keep LIMIT :limit))",
    ),
    (
        Record.OUTGOING,
        "DELETE FROM outgoing_events WHERE id = ANY(ARRAY(SELECT id FROM outgoing_events"
        " WHERE state = 'waiting' AND begun_at < :now - :keep LIMIT :limit))",
    ),
)
"""Statements that delete events after their retention period."""
