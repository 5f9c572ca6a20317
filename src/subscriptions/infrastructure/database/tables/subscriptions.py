"""Tables of subscriptions, their plan changes, and facts about them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import LIVE, SubscriptionStatus
from subscriptions.infrastructure.database.tables.base import key, literal_list, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.catalog import service_plans
from subscriptions.infrastructure.database.tables.checkout import orders
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import (
    CONTENT,
    LAW,
    MONEY,
    OF_SUBSCRIPTIONS,
    OWN,
    TECHNICAL,
    Fate,
    person,
)

IS_LIVE = f"status IN ({literal_list(status for status in SubscriptionStatus if status in LIVE)})"
IS_UNPAID = f"status = {literal_list([SubscriptionStatus.PAST_DUE])}"
"""Condition of the partial indexes of unpaid subscriptions. PostgreSQL uses these indexes only for a query that repeats
this condition literally.
"""

subscriptions = Table(
    "subscriptions",
    metadata,
    key(),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("plan_id", ForeignKey(service_plans.c.id), nullable=False),
    Column("order_id", ForeignKey(orders.c.id)),
    *state("status", SubscriptionStatus),
    words("provider", TECHNICAL, null=True),
    words("provider_ref", MONEY, null=True),
    *money("price"),
    moment("current_period_start", null=True),
    moment("current_period_end", null=True),
    moment("access_until", null=True),
    Column("cancel_at_period_end", Boolean, nullable=False),
    moment("canceled_at", null=True),
    words("cancel_reason", CONTENT, null=True, erasure="NULL"),
    moment("ended_at", null=True),
    words("end_reason", TECHNICAL, null=True),
    moment("synced_at", null=True),
    moment("next_check_at", null=True),
    moment("next_ask_at", null=True),
    words("paused_for", TECHNICAL, null=True),
    moment("next_reminder_at", null=True),
    words("price_ref", MONEY, null=True),
    Column("next_plan_id", ForeignKey(service_plans.c.id, ondelete="SET NULL")),
    Column("billed_plan_id", Uuid),
    moment("next_plan_at", null=True),
    *money("next_price", null=True),
    moment("owed_since", MONEY, null=True),
    *money("owed_amount", null=True),
    moment("pause_until", null=True),
    *state("interval", Interval, null=True),
    Column("interval_count", Integer),
    *state("canceled_from", SubscriptionStatus, null=True),
    moment("charge_moved_to", null=True),
    moment("withheld_since", null=True),
    moment("cancel_at", null=True),
    moment("upcoming_at", null=True),
    *money("upcoming_amount", null=True),
    moment("upcoming_learned_at", null=True),
    moment("billing_stopped_at", null=True),
    moment("paused_seen_at", null=True),
    moment("charging_since", null=True),
    moment("created_at"),
    UniqueConstraint("provider", "provider_ref", name="one_subscription_per_provider_ref"),
    Index(
        "one_live_subscription_per_customer_and_plan",
        "customer_id",
        "plan_id",
        unique=True,
        postgresql_where=text(IS_LIVE),
    ),
    Index("ix_subscriptions_due", "access_until", postgresql_where=text(IS_LIVE)),
    Index("ix_subscriptions_unpaid", "next_check_at", postgresql_where=text(IS_UNPAID)),
    Index("ix_subscriptions_ask", "provider", text("next_ask_at NULLS FIRST"), postgresql_where=text(IS_LIVE)),
    Index("ix_subscriptions_reminder", text("next_reminder_at NULLS FIRST")),
    Index("ix_subscriptions_customer_id", "customer_id"),
    Index("ix_subscriptions_order_id", "order_id"),
    Index("ix_subscriptions_plan_id", "plan_id"),
    Index("ix_subscriptions_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    Index("ix_subscriptions_created_at", "created_at", "id"),
    info=person(OWN, Fate.BLANK, reason=LAW),
)

# Append-only: earlier plans and prices of a subscription.
plan_changes = Table(
    "plan_changes",
    metadata,
    key(),
    Column("subscription_id", ForeignKey(subscriptions.c.id), nullable=False),
    Column("from_plan_id", ForeignKey(service_plans.c.id), nullable=False),
    Column("to_plan_id", ForeignKey(service_plans.c.id), nullable=False),
    *money("old_price"),
    *money("new_price"),
    moment("changed_at"),
    UniqueConstraint("subscription_id", "changed_at", name="one_plan_change_at_a_time"),
    info=person(OF_SUBSCRIPTIONS, reason=LAW),
)

# Append-only: each different state of a subscription at its provider, without the ids of its customer and order.
# `number` orders reports that were fetched at the same moment.
provider_reports = Table(
    "provider_reports",
    metadata,
    Column("subscription_id", ForeignKey(subscriptions.c.id), nullable=False),
    moment("fetched_at"),
    Column("number", BigInteger, Identity(), nullable=False, info=TECHNICAL),
    Column("report", JSONB, nullable=False, info=MONEY),
    PrimaryKeyConstraint("subscription_id", "fetched_at", "number"),
    info=person(OF_SUBSCRIPTIONS, reason=LAW),
)

holds = Table(
    "holds",
    metadata,
    key(),
    Column("subscription_id", ForeignKey(subscriptions.c.id), nullable=False),
    *state("reason", HoldReason),
    moment("since"),
    moment("until", null=True),
    words("cause", TECHNICAL),
    Index("one_open_hold_per_reason", "subscription_id", "reason", unique=True, postgresql_where=text("until IS NULL")),
    Index("ix_holds_subscription_id", "subscription_id"),
    info=person(OF_SUBSCRIPTIONS, reason=LAW),
)
