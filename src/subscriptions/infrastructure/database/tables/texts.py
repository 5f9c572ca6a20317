"""Table of the operator's custom texts."""

from sqlalchemy import Column, Table, Text

from subscriptions.infrastructure.database.tables.base import metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import OURS

custom_texts = Table(
    "custom_texts",
    metadata,
    Column("language", Text, primary_key=True, info=OURS),
    Column("key", Text, primary_key=True, info=OURS),
    words("text", OURS),
    moment("changed_at"),
)
