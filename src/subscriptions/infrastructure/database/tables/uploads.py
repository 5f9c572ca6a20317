"""Table of the files that staff uploaded and the bot has not sent to Telegram yet."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from subscriptions.domain.entities.upload import UploadKind
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.personal import CONTENT, IDENTITY, PERSON, TECHNICAL, Fate, person

uploads = Table(
    "uploads",
    metadata,
    key(),
    Column("owner", BigInteger, nullable=False, info=IDENTITY),
    *state("kind", UploadKind),
    words("name", CONTENT),
    Column("size", Integer, nullable=False, info=TECHNICAL),
    Column("content", LargeBinary, nullable=False, info=CONTENT),
    words("refused", TECHNICAL, null=True),
    moment("created_at"),
    Index("ix_uploads_created_at", "created_at"),
    info=person(f"owner = {PERSON}", Fate.DELETE),
)
