"""The operator's wishes about the ways to pay."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from subscriptions.infrastructure.database.tables.base import metadata, moment

payment_methods = Table(
    "payment_methods",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("changed_by", BigInteger),
    moment("changed_at"),
)
