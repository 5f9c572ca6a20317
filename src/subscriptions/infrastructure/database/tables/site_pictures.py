"""Table of the pictures on the public pages."""

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from subscriptions.infrastructure.database.tables.base import metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import OURS

site_pictures = Table(
    "site_pictures",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("media_type", OURS),
    Column("width", Integer, nullable=False, info=OURS),
    Column("height", Integer, nullable=False, info=OURS),
    Column("size", Integer, nullable=False, info=OURS),
    words("digest", OURS),
    Column("content", LargeBinary, nullable=False, info=OURS),
    moment("changed_at"),
)
