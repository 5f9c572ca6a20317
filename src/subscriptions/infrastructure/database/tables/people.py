"""Tables of customers, their accounts at providers, data of staff, and the audit log."""

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

from subscriptions.domain.entities.account_transfer_status import OPEN, AccountTransferStatus
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.infrastructure.database.tables.base import key, literal_list, metadata, moment, state, words
from subscriptions.infrastructure.database.tables.personal import (
    AUDIT,
    AUDIT_WORDS,
    CONTENT,
    ERASED_NAME,
    IDENTITY,
    LAW,
    OTHERS,
    OURS,
    OWN,
    PERSON,
    TECHNICAL,
    Fate,
    may_mention,
    mentions,
    person,
    with_erasure,
)

customers = Table(
    "customers",
    metadata,
    key(),
    Column("telegram_id", BigInteger, nullable=False, info=with_erasure(IDENTITY, "CAST(:stand_in AS bigint)")),
    words("first_name", IDENTITY, erasure=f"'{ERASED_NAME}'"),
    words("last_name", IDENTITY, null=True, erasure="NULL"),
    words("username", IDENTITY, null=True, erasure="NULL"),
    # Normalized names, username and id for the search for customers. A trigger writes the column, also after an
    # erasure.
    Column("search_name", Text, nullable=False, server_default="", info=with_erasure(IDENTITY, "''")),
    words("language", CONTENT),
    words("staff_role", TECHNICAL, null=True),
    words("terms_version", TECHNICAL, null=True),
    moment("terms_accepted_at", null=True),
    moment("blocked_at", null=True, erasure="CAST(:now AS timestamptz)"),
    moment("unopened_at", null=True, erasure="NULL"),
    words("source", CONTENT, null=True, erasure="NULL"),
    moment("created_at"),
    moment("barred_at", null=True),
    words("chosen_language", CONTENT, null=True),
    moment("quiet_at", null=True),
    words("zone", CONTENT, null=True, erasure="NULL"),
    Column("referrer_id", ForeignKey("customers.id", ondelete="SET NULL"), info=with_erasure(CONTENT, "NULL")),
    Column("referral_payment_id", Uuid, info=with_erasure(CONTENT, "NULL")),
    words("country", CONTENT, null=True, erasure="NULL"),
    # Tags separated by blanks.
    words("tags", CONTENT, null=True, erasure="NULL"),
    Column("code_misses", Integer, nullable=False, server_default="0", info=TECHNICAL),
    moment("code_missed_at", null=True),
    Column("partner_id", Uuid, key="brought_by", info=CONTENT),
    Index("ix_customers_partner_id", "brought_by", postgresql_where=text("partner_id IS NOT NULL")),
    Index("ix_customers_referrer_id", "referrer_id", postgresql_where=text("referrer_id IS NOT NULL")),
    Index("ix_customers_staff_role", "staff_role", postgresql_where=text("staff_role IS NOT NULL")),
    Index("ix_customers_username", text("lower(username)")),
    Index("ix_customers_created_at", "created_at", "id"),
    Index("ix_customers_tags", text("string_to_array(tags, ' ')"), postgresql_using="gin"),
    Index(
        "ix_customers_search_name",
        "search_name",
        postgresql_using="gin",
        postgresql_ops={"search_name": "gin_trgm_ops"},
    ),
    UniqueConstraint("telegram_id", name="one_customer_per_telegram_user"),
    info=person(
        "id = CAST(:customer AS uuid)",
        Fate.BLANK,
        reason="under a number of ours, to which the documents above belong; with the consent that was given, and when",
    ),
)

payment_accounts = Table(
    "payment_accounts",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("provider", Text, nullable=False, info=TECHNICAL),
    words("external_customer_id", IDENTITY),
    moment("created_at"),
    PrimaryKeyConstraint("customer_id", "provider"),
    UniqueConstraint("provider", "external_customer_id", name="one_customer_per_payment_account"),
    info=person(OWN, Fate.DELETE),
)

# Append-only: every accepted version of the terms.
consents = Table(
    "consents",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("version", Text, nullable=False, info=CONTENT),
    words("language", CONTENT),
    moment("accepted_at", CONTENT),
    PrimaryKeyConstraint("customer_id", "version"),
    info=person(OWN, reason=LAW),
)

# First use of each of the operator's links by each customer.
link_uses = Table(
    "link_uses",
    metadata,
    words("source", CONTENT),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    moment("used_at"),
    PrimaryKeyConstraint("customer_id", "source"),
    Index("ix_link_uses_used_at", "used_at"),
    info=person(OWN, Fate.DELETE),
)

_OPEN: Final = text(f"status IN ({literal_list(status for status in AccountTransferStatus if status in OPEN)})")
takeovers = Table(
    "takeovers",
    metadata,
    key(),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("from_account", BigInteger, nullable=False, info=IDENTITY),
    Column("to_account", BigInteger, nullable=False, info=IDENTITY),
    *state("status", AccountTransferStatus),
    words("asked_by", OTHERS),
    words("agreed_by", OTHERS, null=True),
    words("confirmed_by", OTHERS, null=True),
    moment("asked_at"),
    moment("waits_since", null=True),
    words("undelivered", TECHNICAL, null=True),
    moment("due_at", null=True),
    moment("closed_at", null=True),
    Index("one_open_takeover_per_customer", "customer_id", unique=True, postgresql_where=_OPEN),
    Index("one_open_takeover_per_account", "to_account", unique=True, postgresql_where=_OPEN),
    Index("ix_takeovers_customer_id", "customer_id"),
    Index("ix_takeovers_from_account", "from_account"),
    Index("ix_takeovers_to_account", "to_account"),
    Index("ix_takeovers_due_at", "due_at", postgresql_where=text("status = 'waiting'")),
    # Access that was transferred belongs to the new account.
    info=person(
        f"({OWN} OR status <> 'done' AND (from_account = {PERSON} OR to_account = {PERSON}))",
        Fate.DELETE,
        reason="but for what another account took over: providers go on naming the one of before",
    ),
)

own_roles = Table(
    "own_roles",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("permissions", OURS),
    CheckConstraint(f"name NOT IN ({literal_list([*StaffRole, 'none'])})", name="no_built_in"),
)

staff_invitations = Table(
    "staff_invitations",
    metadata,
    key(),
    words("digest", TECHNICAL),
    words("role", TECHNICAL),
    words("made_by", OTHERS),
    moment("made_at"),
    moment("expires_at"),
    Column("opened_by", BigInteger, info=IDENTITY),
    moment("opened_at", null=True),
    moment("accepted_at", null=True),
    UniqueConstraint("digest", name="one_staff_invitation_per_digest"),
    info=person(f"opened_by = {PERSON}", Fate.DELETE),
)

dialogues = Table(
    "dialogues",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False, info=IDENTITY),
    Column("id", Uuid, nullable=False),
    words("kind", TECHNICAL),
    words("step", TECHNICAL),
    Column("answers", JSONB, nullable=False, info=CONTENT),
    Column("message_id", BigInteger, info=TECHNICAL),
    moment("expires_at"),
    Index("ix_dialogues_expires_at", "expires_at"),
    info=person(f"person = {PERSON}", Fate.DELETE, scope=f"(person = {PERSON} OR {mentions('answers::text')})"),
)

console_visits = Table(
    "console_visits",
    metadata,
    Column("link", Text, primary_key=True, info=TECHNICAL),
    Column("person", BigInteger, nullable=False, info=IDENTITY),
    moment("offered_at"),
    words("key", TECHNICAL, null=True),
    moment("entered_at", null=True),
    moment("seen_at", null=True),
    Column("app", Boolean, nullable=False, server_default=false()),
    Column("proved", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("key", name="one_console_visit_per_key"),
    Index("ix_console_visits_person", "person"),
    info=person(f"person = {PERSON}", Fate.DELETE),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False, info=IDENTITY),
    words("secret", TECHNICAL),
    moment("confirmed_at", null=True),
    Column("last_step", BigInteger, nullable=False, info=TECHNICAL),
    words("recovery", TECHNICAL, null=True),
    Column("misses", Integer, nullable=False),
    moment("missed_at", null=True),
    info=person(f"person = {PERSON}", Fate.DELETE),
)

_ABOUT_ONE: Final = f"({mentions('facts::text', 'key')} AND kind <> 'sweep_held')"
"""Condition of alarms about one person. The alarm about a bulk expiry lists many customers, so it is not exported to
any of them and stays open until it is answered.
"""

alarms = Table(
    "alarms",
    metadata,
    key(),
    words("key", CONTENT, erasure=f"CASE WHEN {mentions('key')} THEN 'erased:' || id ELSE key END"),
    words("kind", TECHNICAL),
    Column("facts", JSONB, nullable=False, info=with_erasure(CONTENT, "'{}'::jsonb")),
    moment("raised_at"),
    moment("closed_at", null=True, erasure="coalesce(closed_at, CAST(:now AS timestamptz))"),
    Column("closed_by", BigInteger, info=OTHERS),
    UniqueConstraint("key", name="one_alarm_per_key"),
    Index("ix_alarms_open", "raised_at", postgresql_where=text("closed_at IS NULL")),
    info=person(
        _ABOUT_ONE,
        Fate.BLANK,
        scope=f"({_ABOUT_ONE} OR closed_at IS NOT NULL AND {may_mention('facts::text')})",
        reason="that there was one, and of which kind",
    ),
)

# Append-only, like the ledger.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, primary_key=True, info=TECHNICAL),
    words("actor", OTHERS, erasure="''"),
    words("action", TECHNICAL),
    words("subject", CONTENT, erasure="''"),
    words("why", CONTENT, erasure="''"),
    moment("at"),
    Column("facts", JSONB, nullable=False, info=with_erasure(CONTENT, "'{}'::jsonb")),
    # Connects a line with the rows deleted in its transaction. NULL for lines of earlier releases.
    Column("transaction", BigInteger, server_default=text("txid_current()"), info=TECHNICAL),
    Index("ix_audit_log_subject", "subject", "at"),
    Index("ix_audit_log_at", "at"),
    Index("ix_audit_log_transaction", "transaction", postgresql_where=text("transaction IS NOT NULL")),
    Index(
        "ix_audit_log_strangers",
        "action",
        postgresql_where=text("action IN ('join_request.declined', 'stranger.removed')"),
    ),
    info=person(
        AUDIT,
        Fate.BLANK,
        scope=AUDIT_WORDS,
        reason="that something was done, and when; not by or to whom, nor in which words",
    ),
)

# Results of staff commands, keyed by idempotency key.
staff_operations = Table(
    "staff_operations",
    metadata,
    Column("id", Uuid, primary_key=True),
    words("command", OURS),
    words("digest", OURS),
    moment("at"),
    words("outcome", OURS),
    Column("facts", JSONB, nullable=False, info=OURS),
    Index("ix_staff_operations_at", "at"),
)

variables = Table(
    "variables",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("value", OURS),
    Column("updated_at", TIMESTAMP(timezone=True), nullable=False, server_default=func.now()),
)

trial_marks = Table(
    "trial_marks",
    metadata,
    Column("mark", Text, primary_key=True, info=OURS),
    moment("created_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("digest", OURS),
    words("abilities", OURS),
    moment("created_at"),
    moment("last_used_at", null=True),
    moment("held_at", null=True),
    UniqueConstraint("digest", name="one_key_per_digest"),
)
