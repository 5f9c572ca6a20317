"""Create the tables of partners, their terms and their commissions."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_partners"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE partners (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        customer_id UUID NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_partners PRIMARY KEY (id),
        CONSTRAINT one_partner_per_code UNIQUE (code),
        CONSTRAINT one_partner_per_customer UNIQUE (customer_id),
        CONSTRAINT fk_partners_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
    """
    CREATE TABLE partner_terms (
        partner_id UUID NOT NULL,
        number INTEGER NOT NULL,
        basis_points INTEGER,
        sums TEXT,
        counts TEXT NOT NULL,
        months INTEGER,
        plans TEXT,
        hold_days INTEGER NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_partner_terms PRIMARY KEY (partner_id, number),
        CONSTRAINT ck_partner_terms_counts_known CHECK (counts IN ('first', 'each')),
        CONSTRAINT ck_partner_terms_one_commission CHECK (num_nonnulls(basis_points, sums) = 1),
        CONSTRAINT ck_partner_terms_part_of_a_payment CHECK (basis_points BETWEEN 1 AND 10000),
        CONSTRAINT ck_partner_terms_months_known CHECK (months BETWEEN 1 AND 120),
        CONSTRAINT ck_partner_terms_hold_known CHECK (hold_days BETWEEN 14 AND 365),
        CONSTRAINT fk_partner_terms_partner_id FOREIGN KEY (partner_id) REFERENCES partners (id)
    )
    """,
    """
    CREATE TABLE partner_entries (
        id UUID NOT NULL,
        partner_id UUID NOT NULL,
        kind TEXT NOT NULL,
        payment_id UUID,
        number INTEGER NOT NULL,
        amount_minor BIGINT NOT NULL,
        amount_currency CHAR(3) NOT NULL,
        held_until TIMESTAMP WITH TIME ZONE,
        reference TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_partner_entries PRIMARY KEY (id),
        CONSTRAINT ck_partner_entries_kind_known CHECK (kind IN ('earned', 'reversed', 'paid')),
        CONSTRAINT one_entry_per_step UNIQUE (payment_id, number),
        CONSTRAINT ck_partner_entries_of_a_payment CHECK ((kind = 'paid') = (payment_id IS NULL)),
        CONSTRAINT ck_partner_entries_amount_known CHECK (kind = 'reversed' OR amount_minor > 0),
        CONSTRAINT ck_partner_entries_held_known CHECK ((kind = 'paid') = (held_until IS NULL)),
        CONSTRAINT fk_partner_entries_partner_id FOREIGN KEY (partner_id) REFERENCES partners (id),
        CONSTRAINT fk_partner_entries_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id)
    )
    """,
    "CREATE INDEX ix_partner_entries_partner_id ON partner_entries (partner_id, at)",
    "CREATE UNIQUE INDEX one_commission_per_payment ON partner_entries (payment_id) WHERE kind = 'earned'",
    "CREATE UNIQUE INDEX one_payout_per_reference ON partner_entries (partner_id, reference) WHERE kind = 'paid'",
    """
    CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON partner_terms FOR EACH ROW EXECUTE FUNCTION
        refuse_rewriting()
    """,
    """
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON partner_terms FOR EACH STATEMENT EXECUTE FUNCTION
        refuse_rewriting()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON partner_entries FOR EACH ROW EXECUTE FUNCTION
        refuse_rewriting()
    """,
    """
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON partner_entries FOR EACH STATEMENT EXECUTE FUNCTION
        refuse_rewriting()
    """,
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("partners"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE partner_entries")
    op.execute("DROP TABLE partner_terms")
    op.execute("DROP TABLE partners")
