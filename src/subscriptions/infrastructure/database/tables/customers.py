"""People, and their accounts at providers."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, state, words

customers = Table(
    "customers",
    metadata,
    key(),
    Column("telegram_id", BigInteger, nullable=False),
    words("first_name"),
    words("username", null=True),
    words("language"),
    *state("staff_role", StaffRole, null=True),
    words("terms_version", null=True),
    moment("terms_accepted_at", null=True),
    moment("blocked_at", null=True),
    words("source", null=True),
    moment("created_at"),
    moment("barred_at", null=True),
    Index("ix_customers_staff_role", "staff_role", postgresql_where=text("staff_role IS NOT NULL")),
    Index("ix_customers_username", text("lower(username)")),
    UniqueConstraint("telegram_id", name="one_customer_per_telegram_user"),
)

payment_accounts = Table(
    "payment_accounts",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("provider", Text, nullable=False),
    words("external_customer_id"),
    moment("created_at"),
    PrimaryKeyConstraint("customer_id", "provider"),
    UniqueConstraint("provider", "external_customer_id", name="one_customer_per_payment_account"),
)
