"""Tables of broadcasts and their deliveries."""

from typing import Final

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

from features.broadcasts.domain import BroadcastStatus, DeliveryState
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database.rights import ERASED, GOODS, Watched
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
    # A broadcast being sent is copied from the author's chat, and blanked once it is finished (`_FORGET_LATE_CASTS`).
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

GRANTS: Final = (
    (
        "broadcast_deliveries",
        ERASED._replace(web="r:broadcast_id,status,failed,opened_at", userbot="", console="rw"),
    ),
    (
        "broadcasts",
        GOODS._replace(
            web="ra",
            worker="rd w:key,author,content",
            userbot="r w:status,revision,begun_at",
            console="rawd",
            recorded="old.status <> 'draft'",
            watched=Watched(
                "id",
                "concat_ws(', ', status, key, 'created ' || created_at)",
                added="new.status <> 'draft'",
                changed="old.status = 'draft' AND new.status <> 'draft'",
                current="status IN ('draft', 'scheduled', 'sending')",
            ),
        ),
    ),
)
"""Database privileges of each process on the feature's tables."""
MAY_WRITE: Final = (
    ("audit", "web", "broadcast.send"),
    ("audit", "userbot", "broadcast.send"),
    ("variables", "userbot", "mirror_held:* mirror_seen:*"),
    # States of broadcasts; `mirror.` for mirrored broadcasts.
    ("broadcasts", "web", "scheduled"),
    ("broadcasts", "userbot", "mirror.withdrawn"),
)
"""Values that the feature adds to the write rules of the database (`infrastructure.database.grants`), as tuples of the
rule, the process and the values.
"""
_FORGET_LATE_CASTS: Final = """
    UPDATE broadcasts SET author = NULL, key = 'erased:' || id, content = CASE
        WHEN content #> '{data,source,chat}' IS NULL THEN content ELSE jsonb_set(content, '{data,source,chat}', '0') END
    WHERE id = ANY(ARRAY(SELECT id FROM broadcasts WHERE status NOT IN ('scheduled', 'sending')
        AND author IS NOT NULL AND NOT EXISTS (SELECT FROM customers WHERE telegram_id = author) LIMIT :limit))"""
PRUNE: Final = (
    # No message of a draft was ever sent.
    (
        Record.NOTIFICATIONS,
        "DELETE FROM broadcasts WHERE id = ANY(ARRAY(SELECT id FROM broadcasts"
        " WHERE status = 'draft' AND created_at < :now - :keep LIMIT :limit))",
    ),
    (Record.NOTIFICATIONS, _FORGET_LATE_CASTS),
)
"""Statements that delete drafts at the end of their retention period, and remove the author from finished broadcasts if
the author was erased while the broadcast was being sent.
"""
