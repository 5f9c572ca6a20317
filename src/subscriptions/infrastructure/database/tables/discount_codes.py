"""Tables of promotions, their claims, reservations and uses."""

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import LAW, MONEY, OURS, OWN, Fate, person

discount_codes = Table(
    "promotions",
    metadata,
    key(),
    words("code", OURS),
    Column("percent", Integer),
    *money("amount", null=True),
    Column("days", Integer),
    Column("plan_id", ForeignKey(service_plans.c.id)),
    Column("first_only", Boolean, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("uses", Integer),
    moment("expires_at", null=True),
    moment("created_at"),
    Column("created_by", BigInteger, info=OURS),
    moment("stopped_at", null=True),
    UniqueConstraint("code", name="one_promotion_per_code"),
    CheckConstraint("num_nonnulls(percent, amount_minor, days) = 1", name="gives_one_thing"),
    CheckConstraint("percent BETWEEN 1 AND 99", name="percent_of_a_price"),
    CheckConstraint("days >= 1", name="gives_time"),
    CheckConstraint("uses >= 1", name="used_once_at_least"),
)

discount_claims = Table(
    "promotion_claims",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("promotion_id", ForeignKey(discount_codes.c.id), nullable=False),
    moment("claimed_at"),
    PrimaryKeyConstraint("customer_id", "promotion_id"),
    Index("ix_promotion_claims_promotion_id", "promotion_id"),
    info=person(OWN, Fate.DELETE),
)

# Uses reserved for an order: while its checkout can be paid, and permanently once it was paid.
discount_reservations = Table(
    "promotion_reservations",
    metadata,
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("promotion_id", ForeignKey(discount_codes.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("once", Boolean, nullable=False),
    Column("place", Integer),
    moment("reserved_at"),
    PrimaryKeyConstraint("order_id", "promotion_id"),
    UniqueConstraint("promotion_id", "place", name="one_reservation_per_place"),
    CheckConstraint("place >= 1", name="place_from_one"),
    Index(
        "one_reservation_per_customer",
        "promotion_id",
        "customer_id",
        unique=True,
        postgresql_where=text("once"),
    ),
    Index("ix_promotion_reservations_customer_id", "customer_id"),
    info=person(OWN, reason=LAW),
)

discount_uses = Table(
    "promotion_uses",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("promotion_id", ForeignKey(discount_codes.c.id), nullable=False),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    *money("discount"),
    Column("days", Integer, nullable=False, info=MONEY),
    moment("used_at", MONEY),
    Index("ix_promotion_uses_promotion_id", "promotion_id"),
    Index("ix_promotion_uses_customer_id", "customer_id"),
    info=person(OWN, reason=LAW),
)
