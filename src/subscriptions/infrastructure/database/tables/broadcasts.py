"""Tables of broadcasts and their deliveries."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.broadcast import BroadcastStatus, DeliveryState
from subscriptions.infrastructure.database.tables.base import delivery, key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    CONTENT,
    IDENTITY,
    OWN,
    PERSON,
    TECHNICAL,
    Fate,
    person,
    with_erasure,
)

broadcasts = Table(
    "broadcasts",
    metadata,
    key(),
    words("key", CONTENT, erasure="'erased:' || id"),
    Column("author", BigInteger, info=with_erasure(IDENTITY, "NULL")),
    Column(
        "content",
        JSONB,
        nullable=False,
        info=with_erasure(
            CONTENT,
            (
                "CASE WHEN content #> '{data,source,chat}' IS NULL THEN content"
                " ELSE jsonb_set(content, '{data,source,chat}', '0') END"
            ),
        ),
    ),
    Column("audience", JSONB, info=TECHNICAL),
    *state("status", BroadcastStatus),
    Column("revision", Integer, nullable=False),
    moment("starts_at", null=True),
    moment("begun_at", null=True),
    moment("ended_at", null=True),
    Column("card", BigInteger, info=TECHNICAL),
    moment("created_at"),
    UniqueConstraint("key", name="one_broadcast_per_key"),
    CheckConstraint("revision >= 1", name="revision_from_one"),
    Index("ix_broadcasts_created_at", "created_at"),
    # A broadcast being sent is copied from the author's chat, and blanked once it is finished (`FORGET_LATE_CASTS`).
    info=person(
        f"author = {PERSON}",
        Fate.BLANK,
        scope=f"(author = {PERSON} AND status NOT IN ('scheduled', 'sending'))",
        reason="what the operator said to many, and whom it reached",
    ),
)

# No customer receives a broadcast twice: there is one row per customer, and the process that takes it from `pending`
# sends it.
broadcast_deliveries = Table(
    "broadcast_deliveries",
    metadata,
    Column("broadcast_id", ForeignKey(broadcasts.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    *state("status", DeliveryState),
    *delivery(doubtful=False),
    words("others", CONTENT, null=True),
    Column("revision", Integer, nullable=False),
    moment("opened_at", null=True),
    PrimaryKeyConstraint("broadcast_id", "customer_id"),
    Index("ix_broadcast_deliveries_customer_id", "customer_id"),
    Index("ix_broadcast_deliveries_open", "broadcast_id", postgresql_where=text("status IN ('pending', 'sending')")),
    info=person(OWN, Fate.DELETE),
)
