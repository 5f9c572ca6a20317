"""People, their accounts at providers, what staff works with, and what was done by whom."""

from typing import Final

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.takeover import OPEN, TakeoverStatus
from subscriptions.infrastructure.database.tables.base import key, literal_list, metadata, moment, state, words

customers = Table(
    "customers",
    metadata,
    key(),
    Column("telegram_id", BigInteger, nullable=False),
    words("first_name"),
    words("username", null=True),
    words("language"),
    words("staff_role", null=True),
    words("terms_version", null=True),
    moment("terms_accepted_at", null=True),
    moment("blocked_at", null=True),
    words("source", null=True),
    moment("created_at"),
    moment("barred_at", null=True),
    words("chosen_language", null=True),
    moment("quiet_at", null=True),
    words("zone", null=True),
    Column("referrer_id", ForeignKey("customers.id", ondelete="SET NULL")),
    Column("referral_payment_id", Uuid),
    words("country", null=True),
    Column("partner_id", Uuid),
    Index("ix_customers_partner_id", "partner_id", postgresql_where=text("partner_id IS NOT NULL")),
    Index("ix_customers_referrer_id", "referrer_id", postgresql_where=text("referrer_id IS NOT NULL")),
    Index("ix_customers_staff_role", "staff_role", postgresql_where=text("staff_role IS NOT NULL")),
    Index("ix_customers_username", text("lower(username)")),
    Index("ix_customers_created_at", "created_at", "id"),
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

# Append-only: every version of the terms that somebody accepted.
consents = Table(
    "consents",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("version", Text, nullable=False),
    words("language"),
    moment("accepted_at"),
    PrimaryKeyConstraint("customer_id", "version"),
)

# Who opened which of the operator's own links, at first.
link_uses = Table(
    "link_uses",
    metadata,
    words("source"),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    moment("used_at"),
    PrimaryKeyConstraint("customer_id", "source"),
    Index("ix_link_uses_used_at", "used_at"),
)

# The account that somebody names to take over from what they have, if they lose the one they have it with.
second_accounts = Table(
    "second_accounts",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), primary_key=True),
    Column("telegram_id", BigInteger),
    words("code", null=True),
    moment("offered_at"),
    moment("proved_at", null=True),
    UniqueConstraint("telegram_id", name="one_customer_per_second_account"),
    UniqueConstraint("code", name="one_account_per_code"),
)

_OPEN: Final = text(f"status IN ({literal_list(status for status in TakeoverStatus if status in OPEN)})")
takeovers = Table(
    "takeovers",
    metadata,
    key(),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("from_account", BigInteger, nullable=False),
    Column("to_account", BigInteger, nullable=False),
    *state("status", TakeoverStatus),
    words("asked_by"),
    words("agreed_by", null=True),
    moment("asked_at"),
    moment("due_at", null=True),
    moment("closed_at", null=True),
    Index("one_open_takeover_per_customer", "customer_id", unique=True, postgresql_where=_OPEN),
    Index("one_open_takeover_per_account", "to_account", unique=True, postgresql_where=_OPEN),
    Index("ix_takeovers_customer_id", "customer_id"),
    Index("ix_takeovers_from_account", "from_account"),
    Index("ix_takeovers_to_account", "to_account"),
    Index("ix_takeovers_due_at", "due_at", postgresql_where=text("status = 'waiting'")),
)

own_roles = Table(
    "own_roles",
    metadata,
    Column("name", Text, primary_key=True),
    words("permissions"),
    CheckConstraint(f"name NOT IN ({literal_list([*StaffRole, 'none'])})", name="no_built_in"),
)

staff_invitations = Table(
    "staff_invitations",
    metadata,
    key(),
    words("digest"),
    words("role"),
    words("made_by"),
    moment("made_at"),
    moment("expires_at"),
    Column("opened_by", BigInteger),
    moment("opened_at", null=True),
    moment("accepted_at", null=True),
    UniqueConstraint("digest", name="one_staff_invitation_per_digest"),
)

dialogues = Table(
    "dialogues",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    words("kind"),
    words("step"),
    Column("answers", JSONB, nullable=False),
    Column("message_id", BigInteger),
    moment("expires_at"),
    Index("ix_dialogues_expires_at", "expires_at"),
)

console_visits = Table(
    "console_visits",
    metadata,
    Column("link", Text, primary_key=True),
    Column("person", BigInteger, nullable=False),
    moment("offered_at"),
    words("key", null=True),
    moment("entered_at", null=True),
    moment("seen_at", null=True),
    Column("app", Boolean, nullable=False, server_default=false()),
    Column("proved", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("key", name="one_console_visit_per_key"),
    Index("ix_console_visits_person", "person"),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    words("secret"),
    moment("confirmed_at", null=True),
    Column("last_step", BigInteger, nullable=False),
    words("recovery", null=True),
    Column("misses", Integer, nullable=False),
    moment("missed_at", null=True),
)

alarms = Table(
    "alarms",
    metadata,
    key(),
    words("key"),
    words("kind"),
    Column("facts", JSONB, nullable=False),
    moment("raised_at"),
    moment("closed_at", null=True),
    Column("closed_by", BigInteger),
    UniqueConstraint("key", name="one_alarm_per_key"),
    Index("ix_alarms_open", "raised_at", postgresql_where=text("closed_at IS NULL")),
)

# Append-only, like the ledger.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, primary_key=True),
    words("actor"),
    words("action"),
    words("subject"),
    words("why"),
    moment("at"),
    Column("facts", JSONB, nullable=False),
    Index("ix_audit_log_subject", "subject", "at"),
    Index("ix_audit_log_at", "at"),
    Index(
        "ix_audit_log_strangers",
        "action",
        postgresql_where=text("action IN ('join_request.declined', 'stranger.removed')"),
    ),
)

# What came of acts of staff, by the key that makes a repetition one.
staff_operations = Table(
    "staff_operations",
    metadata,
    Column("id", Uuid, primary_key=True),
    words("command"),
    words("digest"),
    moment("at"),
    words("outcome"),
    Column("facts", JSONB, nullable=False),
    Index("ix_staff_operations_at", "at"),
)

variables = Table(
    "variables",
    metadata,
    Column("name", Text, primary_key=True),
    words("value"),
    Column("updated_at", TIMESTAMP(timezone=True), nullable=False, server_default=func.now()),
)

trial_marks = Table(
    "trial_marks",
    metadata,
    Column("mark", Text, primary_key=True),
    moment("created_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", Text, primary_key=True),
    words("digest"),
    words("abilities"),
    moment("created_at"),
    moment("last_used_at", null=True),
    moment("held_at", null=True),
    UniqueConstraint("digest", name="one_key_per_digest"),
)
