"""Tables of plans, their prices at each provider, and payment methods."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.service_plan import (
    AccessKind,
    Buyers,
    DisputePolicy,
    Interval,
    Listing,
    PerPerson,
    RefundPolicy,
)
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.personal import OURS

service_plans = Table(
    "service_plans",
    metadata,
    key(),
    words("soft_id", OURS),
    words("name", OURS),
    words("emoji", OURS),
    words("description", OURS),
    Column("note", Text, nullable=False, server_default="", info=OURS),
    Column("texts", JSONB, nullable=False, server_default=text("'{}'"), info=OURS),
    *money("price"),
    Column("recurring", Boolean, nullable=False),
    *state("interval", Interval, null=True),
    Column("interval_count", Integer, nullable=False),
    Column("duration_days", Integer),
    Column("ends_on", Date),
    *state("buyers", Buyers, default=Buyers.EVERYBODY),
    words("holders_of", OURS, null=True),
    *state("per_person", PerPerson, default=PerPerson.AUTO),
    *state("listing", Listing, default=Listing.LISTED),
    Column("trial_days", Integer, nullable=False),
    Column("grace_days", Integer),
    *state("access", AccessKind),
    *state("refund_policy", RefundPolicy, default=RefundPolicy.END_ACCESS),
    *state("dispute_policy", DisputePolicy, default=DisputePolicy.SUSPEND),
    Column("active", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("honours_tokens", Boolean, nullable=False, server_default=true()),
    Column("version", Integer, nullable=False, server_default=text("1")),
    moment("updated_at", null=True),
    Column("updated_by", BigInteger, info=OURS),
    moment("created_at"),
    Column("created_by", BigInteger, info=OURS),
    UniqueConstraint("soft_id", name="one_plan_per_soft_id"),
    CheckConstraint("soft_id ~ '^[a-z0-9-]{1,40}$'", name="soft_id_is_a_slug"),
    CheckConstraint("char_length(note) <= 200", name="note_not_too_long"),
    CheckConstraint("jsonb_typeof(texts) = 'object'", name="texts_by_language"),
    CheckConstraint("NOT recurring OR (interval IS NOT NULL AND interval_count >= 1)", name="recurring_has_interval"),
    CheckConstraint("recurring OR duration_days >= 1", name="one_off_has_duration"),
    CheckConstraint("ends_on IS NULL OR NOT recurring", name="what_renews_has_no_last_day"),
    CheckConstraint("trial_days >= 0", name="trial_days_not_negative"),
    CheckConstraint("grace_days >= 0", name="grace_days_not_negative"),
)

# Operators may also insert rows manually; the first three columns are enough. `price` is set only if it differs from
# the plan's price.
plan_payment_prices = Table(
    "plan_payment_prices",
    metadata,
    Column("plan_id", ForeignKey(service_plans.c.id, ondelete="CASCADE"), nullable=False),
    Column("provider", Text, nullable=False, info=OURS),
    words("external_price_id", OURS, null=True),
    *money("price", null=True),
    words("fault", OURS, null=True),
    PrimaryKeyConstraint("plan_id", "provider"),
)

payment_methods = Table(
    "payment_methods",
    metadata,
    Column("provider", Text, primary_key=True, info=OURS),
    Column("enabled", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("changed_by", BigInteger, info=OURS),
    moment("changed_at"),
)
