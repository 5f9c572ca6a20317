"""Table of button presses in the Mini App."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database.rights import Rights, later_than
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import CONTENT, IDENTITY, PERSON, TECHNICAL, Fate, person

app_presses = Table(
    "app_presses",
    metadata,
    key(),
    Column("person", BigInteger, nullable=False, info=IDENTITY),
    words("key", TECHNICAL),
    words("data", CONTENT),
    Column("before", Uuid),
    Column("place", Integer, nullable=False),
    Column("names", JSONB, nullable=False, info=IDENTITY),
    moment("asked_at"),
    Column("messages", JSONB(none_as_null=True), info=CONTENT),
    moment("answered_at", null=True),
    UniqueConstraint("person", "key", name="one_app_press_per_key"),
    Index("ix_app_presses_asked_at", "asked_at"),
    info=person(f"person = {PERSON}", Fate.DELETE),
)

GRANTS: Final = (
    (
        "app_presses",
        Rights("", "rd", "r w:messages,answered_at", "", "ra", recorded=later_than("old.asked_at", "-23 hours")),
    ),
)
"""Database privileges of each process on the table of button presses."""
PRUNE: Final = (
    (
        Record.APP_PRESSES,
        "DELETE FROM app_presses WHERE id = ANY(ARRAY("
        "SELECT id FROM app_presses WHERE asked_at < :now - :keep LIMIT :limit))",
    ),
)
"""Statements that delete presses after their retention period."""
