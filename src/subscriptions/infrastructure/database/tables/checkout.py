"""Tables of orders and their checkout attempts."""

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
    false,
    text,
    true,
)

from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.service_plan import DisputePolicy, Interval, RefundPolicy
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.discount_codes import discount_codes
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    CONTACT,
    CONTENT,
    LAW,
    MONEY,
    OF_ORDERS,
    OWN,
    TECHNICAL,
    Fate,
    person,
    with_erasure,
)

orders = Table(
    "orders",
    metadata,
    key(),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("plan_id", ForeignKey(service_plans.c.id), nullable=False),
    *state("status", OrderStatus),
    *money("price"),
    Column("recurring", Boolean, nullable=False),
    *state("interval", Interval, null=True),
    Column("interval_count", Integer, nullable=False),
    Column("duration_days", Integer),
    moment("ends_at", null=True),
    Column("trial_days", Integer, nullable=False),
    Column("asked", Boolean, nullable=False, server_default=true()),
    Column("gift", Boolean, nullable=False, server_default=false()),
    *state("refund_policy", RefundPolicy, default=RefundPolicy.END_ACCESS),
    *state("dispute_policy", DisputePolicy, default=DisputePolicy.SUSPEND),
    moment("created_at"),
    moment("expires_at"),
    moment("paid_at", MONEY, null=True),
    words("cause", TECHNICAL, null=True),
    words("country", MONEY, null=True),
    Index(
        "one_open_order_per_customer_and_plan",
        "customer_id",
        "plan_id",
        "gift",
        unique=True,
        postgresql_where=text("status = 'open'"),
    ),
    Index("ix_orders_created_at", "created_at", "id"),
    Index("ix_orders_due", "expires_at", postgresql_where=text("status = 'open'")),
    Index("ix_orders_plan_id", "plan_id"),
    Index("ix_orders_customer_id", "customer_id"),
    Index("ix_orders_gifts", "customer_id", "paid_at", postgresql_where=text("gift")),
    info=person(OWN, reason=LAW),
)

checkout_attempts = Table(
    "checkout_attempts",
    metadata,
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    words("provider", TECHNICAL),
    *state("status", AttemptStatus),
    words("session_ref", MONEY, null=True),
    words("url", CONTACT, null=True, erasure="NULL"),
    *money("amount", null=True),
    *money("price", null=True),
    Column("promotion_id", ForeignKey(discount_codes.c.id)),
    *money("discount", null=True),
    *money("later", null=True),
    words("subscription_ref", MONEY, null=True),
    moment("created_at"),
    moment("expires_at"),
    Column("message_id", BigInteger, info=with_erasure(CONTACT, "NULL")),
    PrimaryKeyConstraint("order_id", "number"),
    UniqueConstraint("provider", "session_ref", name="one_attempt_per_checkout_session"),
    CheckConstraint("number >= 1", name="number_from_one"),
    Index("ix_checkout_attempts_promotion_id", "promotion_id", postgresql_where=text("promotion_id IS NOT NULL")),
    Index("ix_checkout_attempts_opened", "provider", "created_at", postgresql_where=text("session_ref IS NOT NULL")),
    info=person(OF_ORDERS, Fate.BLANK, reason=LAW),
)

# Messages in chats that contain, among other things, the payment link of an open order.
status_cards = Table(
    "status_cards",
    metadata,
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("message_id", BigInteger, nullable=False, info=CONTENT),
    PrimaryKeyConstraint("order_id", "message_id"),
    info=person(OF_ORDERS, Fate.DELETE),
)
