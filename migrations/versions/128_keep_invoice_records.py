"""Create the tax office's invoice records: chained, gapless and immutable.

Only the tax office's answer is written later. An invoice request names the issuer.
"""

from alembic import op

revision = "128_keep_invoice_records"
down_revision = "119_keep_custom_settings"

_ANSWER = ("state", "code", "reason", "csv", "sent_at")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE invoice_requests ADD COLUMN way TEXT NOT NULL DEFAULT 'handover',"
        " ADD CONSTRAINT ck_invoice_requests_way_known CHECK (way IN ('off', 'handover', 'verifactu'))"
    )
    op.execute(
        "CREATE TABLE invoice_records (id UUID NOT NULL, position BIGINT NOT NULL, kind TEXT NOT NULL,"
        " revision INTEGER NOT NULL, rejected BOOLEAN NOT NULL, receipt_id UUID NOT NULL, customer_id UUID NOT NULL,"
        " letters TEXT NOT NULL, series TEXT NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL,"
        " kind_of_invoice TEXT NOT NULL, issued_on DATE NOT NULL, sold_on DATE NOT NULL, issuer_tax_id TEXT NOT NULL,"
        " issuer_name TEXT NOT NULL, issuer TEXT NOT NULL, buyer_tax_id TEXT NOT NULL, buyer_name TEXT NOT NULL,"
        " buyer_address TEXT NOT NULL, description TEXT NOT NULL, total_minor BIGINT NOT NULL,"
        " tax_minor BIGINT NOT NULL, rate NUMERIC(5, 2) NOT NULL, corrects TEXT, corrected_on DATE, before TEXT,"
        " before_on DATE, before_hash TEXT, stamp TEXT NOT NULL, hash TEXT NOT NULL, link TEXT NOT NULL,"
        " state TEXT NOT NULL, code TEXT, reason TEXT, csv TEXT, sent_at TIMESTAMPTZ,"
        " CONSTRAINT pk_invoice_records PRIMARY KEY (id),"
        " CONSTRAINT ck_invoice_records_kind_known CHECK (kind IN ('invoice', 'cancellation')),"
        " CONSTRAINT ck_invoice_records_state_known CHECK (state IN ('waiting', 'accepted', 'flawed', 'refused')),"
        " CONSTRAINT ck_invoice_records_chained CHECK ((position = 1) = (before_hash IS NULL)),"
        " CONSTRAINT ck_invoice_records_numbers_from_one CHECK (number > 0),"
        " CONSTRAINT one_record_per_position UNIQUE (position),"
        " CONSTRAINT one_record_per_revision UNIQUE (receipt_id, kind, revision),"
        " CONSTRAINT one_invoice_per_number UNIQUE (series, year, number, kind, revision),"
        " CONSTRAINT fk_invoice_records_receipt_id FOREIGN KEY (receipt_id) REFERENCES receipts (id),"
        " CONSTRAINT fk_invoice_records_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_invoice_records_customer_id ON invoice_records (customer_id)")
    op.execute("CREATE INDEX invoice_records_waiting ON invoice_records (position) WHERE state = 'waiting'")
    answer = ", ".join(f"'{name}'" for name in _ANSWER)
    op.execute(
        "CREATE FUNCTION keep_invoice_record() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$"
        f" BEGIN IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY[{answer}] = to_jsonb(OLD) - ARRAY[{answer}] THEN"
        " RETURN NEW; END IF;"
        " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON invoice_records"
        " FOR EACH ROW EXECUTE FUNCTION keep_invoice_record()"
    )
    op.execute("CREATE TRIGGER never_emptied BEFORE TRUNCATE ON invoice_records EXECUTE FUNCTION refuse_rewriting()")
    # The chain has no gaps, whichever process writes: each record contains the hash of the record at the position
    # before.
    op.execute(
        "CREATE FUNCTION chain_invoice_record() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$"
        " BEGIN IF NEW.position > 1 AND NEW.before_hash IS DISTINCT FROM (SELECT hash FROM public.invoice_records"
        " WHERE position = NEW.position - 1) THEN RAISE EXCEPTION 'a record follows the one before'"
        " USING ERRCODE = '23001'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER chained BEFORE INSERT ON invoice_records FOR EACH ROW EXECUTE FUNCTION chain_invoice_record()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE invoice_records")
    op.execute("DROP FUNCTION keep_invoice_record()")
    op.execute("DROP FUNCTION chain_invoice_record()")
    op.execute("ALTER TABLE invoice_requests DROP COLUMN way")
