"""Table of settings changed by the operator at run time."""

from sqlalchemy import Column, Table, Text

from subscriptions.infrastructure.database.tables.base import metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import OURS

custom_settings = Table(
    "custom_settings",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("value", OURS),
    moment("changed_at"),
)
