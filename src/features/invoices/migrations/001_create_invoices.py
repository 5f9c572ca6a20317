"""Create the tables of invoice requests and of the chain of invoice records for the tax office."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_invoices"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE invoice_records (
        id UUID NOT NULL,
        position BIGINT NOT NULL,
        kind TEXT NOT NULL,
        revision INTEGER NOT NULL,
        rejected BOOLEAN NOT NULL,
        receipt_id UUID NOT NULL,
        customer_id UUID NOT NULL,
        letters TEXT NOT NULL,
        series TEXT NOT NULL,
        year INTEGER NOT NULL,
        number INTEGER NOT NULL,
        kind_of_invoice TEXT NOT NULL,
        issued_on DATE NOT NULL,
        sold_on DATE NOT NULL,
        issuer_tax_id TEXT NOT NULL,
        issuer_name TEXT NOT NULL,
        issuer TEXT NOT NULL,
        buyer_tax_id TEXT NOT NULL,
        buyer_name TEXT NOT NULL,
        buyer_address TEXT NOT NULL,
        description TEXT NOT NULL,
        total_minor BIGINT NOT NULL,
        tax_minor BIGINT NOT NULL,
        rate NUMERIC(5, 2) NOT NULL,
        corrects TEXT,
        corrected_on DATE,
        before TEXT,
        before_on DATE,
        before_hash TEXT,
        stamp TEXT NOT NULL,
        hash TEXT NOT NULL,
        link TEXT NOT NULL,
        state TEXT NOT NULL,
        code TEXT,
        reason TEXT,
        csv TEXT,
        sent_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_invoice_records PRIMARY KEY (id),
        CONSTRAINT ck_invoice_records_kind_known CHECK (kind IN ('invoice', 'cancellation')),
        CONSTRAINT ck_invoice_records_kind_of_invoice_known CHECK (kind_of_invoice IN ('F1', 'F2', 'F3', 'R1',
            'R5')),
        CONSTRAINT ck_invoice_records_state_known CHECK (state IN ('waiting', 'accepted', 'flawed', 'refused')),
        CONSTRAINT one_record_per_position UNIQUE (position),
        CONSTRAINT one_record_per_revision UNIQUE (receipt_id, kind_of_invoice, kind, revision),
        CONSTRAINT one_invoice_per_number UNIQUE (series, year, number, kind, revision),
        CONSTRAINT ck_invoice_records_chained CHECK ((position = 1) = (before_hash IS NULL)),
        CONSTRAINT ck_invoice_records_numbers_from_one CHECK (number > 0),
        CONSTRAINT fk_invoice_records_receipt_id FOREIGN KEY (receipt_id) REFERENCES receipts (id),
        CONSTRAINT fk_invoice_records_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
    "CREATE INDEX invoice_records_waiting ON invoice_records (position) WHERE state = 'waiting'",
    "CREATE INDEX ix_invoice_records_customer_id ON invoice_records (customer_id)",
    """
    CREATE TABLE invoice_requests (
        id UUID NOT NULL,
        receipt_id UUID NOT NULL,
        customer_id UUID NOT NULL,
        tax_id TEXT NOT NULL,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        way TEXT DEFAULT 'handover' NOT NULL,
        CONSTRAINT pk_invoice_requests PRIMARY KEY (id),
        CONSTRAINT ck_invoice_requests_way_known CHECK (way IN ('off', 'handover', 'verifactu')),
        CONSTRAINT one_invoice_request_per_receipt UNIQUE (receipt_id),
        CONSTRAINT fk_invoice_requests_receipt_id FOREIGN KEY (receipt_id) REFERENCES receipts (id),
        CONSTRAINT fk_invoice_requests_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
    "CREATE INDEX ix_invoice_requests_customer_id ON invoice_requests (customer_id)",
    (
        "CREATE FUNCTION keep_invoice_record() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS "
        "$$ BEGIN IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['state', 'code', 'reason', 'csv', 'sent_at'] = "
        "to_jsonb(OLD) - ARRAY['state', 'code', 'reason', 'csv', 'sent_at'] THEN RETURN NEW; END IF; RAISE "
        "EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    ),
    (
        "CREATE FUNCTION chain_invoice_record() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS "
        "$$ BEGIN IF NEW.position > 1 AND NEW.before_hash IS DISTINCT FROM (SELECT hash FROM "
        "public.invoice_records WHERE position = NEW.position - 1) THEN RAISE EXCEPTION 'a record follows the "
        "one before' USING ERRCODE = '23001'; END IF; RETURN NEW; END $$"
    ),
    """
    CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON invoice_records FOR EACH ROW EXECUTE FUNCTION
        keep_invoice_record()
    """,
    """
    CREATE TRIGGER chained BEFORE INSERT ON invoice_records FOR EACH ROW EXECUTE FUNCTION chain_invoice_record()
    """,
    """
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON invoice_records FOR EACH STATEMENT EXECUTE FUNCTION
        refuse_rewriting()
    """,
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("invoice_records"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE invoice_requests")
    op.execute("DROP TABLE invoice_records")
    op.execute("DROP FUNCTION keep_invoice_record()")
    op.execute("DROP FUNCTION chain_invoice_record()")
