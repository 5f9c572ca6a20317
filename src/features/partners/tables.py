"""Tables of partners, their terms and their append-only ledger."""

from typing import Final

from sqlalchemy import (
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

from features.partners.domain import Counts, EntryKind
from subscriptions.infrastructure.database.rights import APPEND_ONLY, KEPT, Watched
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, money, state, words
from subscriptions.infrastructure.database.tables.payments import payments
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import IDENTITY, LAW, MONEY, OWN, Fate, person

_OF_PARTNERS: Final = "partner_id IN (SELECT id FROM partners WHERE customer_id = CAST(:customer AS uuid))"

partners = Table(
    "partners",
    metadata,
    key(),
    words("code", IDENTITY, erasure="'ERASED_' || upper(left(id::text, 8))"),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    moment("created_at"),
    moment("ended_at", null=True, erasure="coalesce(ended_at, CAST(:now AS timestamptz))"),
    UniqueConstraint("code", name="one_partner_per_code"),
    UniqueConstraint("customer_id", name="one_partner_per_customer"),
    info=person(OWN, Fate.BLANK, reason=LAW),
)

partner_terms = Table(
    "partner_terms",
    metadata,
    Column("partner_id", ForeignKey(partners.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("basis_points", Integer, info=MONEY),
    words("sums", MONEY, null=True),
    *state("counts", Counts, MONEY),
    Column("months", Integer, info=MONEY),
    words("plans", MONEY, null=True),
    Column("hold_days", Integer, nullable=False, info=MONEY),
    moment("since", MONEY),
    PrimaryKeyConstraint("partner_id", "number"),
    CheckConstraint("num_nonnulls(basis_points, sums) = 1", name="one_commission"),
    CheckConstraint("basis_points BETWEEN 1 AND 10000", name="part_of_a_payment"),
    CheckConstraint("months BETWEEN 1 AND 120", name="months_known"),
    CheckConstraint("hold_days BETWEEN 14 AND 365", name="hold_known"),
    info=person(_OF_PARTNERS, reason=LAW),
)

partner_entries = Table(
    "partner_entries",
    metadata,
    key(),
    Column("partner_id", ForeignKey(partners.c.id), nullable=False),
    *state("kind", EntryKind, MONEY),
    Column("payment_id", ForeignKey(payments.c.id)),
    Column("number", Integer, nullable=False),
    *money("amount", negative=True),
    moment("held_until", MONEY, null=True),
    words("reference", MONEY),
    moment("at", MONEY),
    UniqueConstraint("payment_id", "number", name="one_entry_per_step"),
    CheckConstraint("(kind = 'paid') = (payment_id IS NULL)", name="of_a_payment"),
    CheckConstraint("kind = 'reversed' OR amount_minor > 0", name="amount_known"),
    CheckConstraint("(kind = 'paid') = (held_until IS NULL)", name="held_known"),
    Index("ix_partner_entries_partner_id", "partner_id", "at"),
    Index("one_commission_per_payment", "payment_id", unique=True, postgresql_where=text("kind = 'earned'")),
    Index(
        "one_payout_per_reference",
        "partner_id",
        "reference",
        unique=True,
        postgresql_where=text("kind = 'paid'"),
    ),
    info=person(_OF_PARTNERS, reason=LAW),
)

GRANTS: Final = (
    (
        "partners",
        KEPT._replace(
            userbot="", console="raw", watched=Watched("id", "concat_ws(', ', code, 'since ' || created_at)")
        ),
    ),
    ("partner_terms", APPEND_ONLY._replace(userbot="")),
    ("partner_entries", APPEND_ONLY._replace(userbot="")),
)
"""Database rights of the processes, keyed by table."""
