"""Texts that the operator says in words of their own."""

from sqlalchemy import Column, Table, Text

from subscriptions.infrastructure.database.tables.base import metadata, moment, words

custom_texts = Table(
    "custom_texts",
    metadata,
    Column("language", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    words("text"),
    moment("changed_at"),
)
