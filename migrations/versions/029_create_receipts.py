"""Create receipts with gapless numbers, issued in the transaction that records the payment."""

from alembic import op

revision = "029_create_receipts"
down_revision = "028_add_method_prices"

STATEMENTS = (
    """
    CREATE TABLE receipt_series (
        series TEXT NOT NULL,
        year INTEGER NOT NULL,
        last_number INTEGER NOT NULL,
        CONSTRAINT pk_receipt_series PRIMARY KEY (series, year),
        CONSTRAINT ck_receipt_series_numbers_from_one CHECK (last_number > 0)
    )
    """,
    """
    CREATE TABLE receipts (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        series TEXT NOT NULL,
        year INTEGER NOT NULL,
        number INTEGER NOT NULL,
        source_id UUID NOT NULL,
        payment_id UUID NOT NULL,
        order_id UUID NOT NULL,
        customer_id UUID NOT NULL,
        customer_ref TEXT NOT NULL,
        plan_name TEXT NOT NULL,
        provider TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        amount_currency CHAR(3) NOT NULL,
        tax_minor BIGINT,
        issuer TEXT NOT NULL,
        corrects UUID,
        issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_receipts PRIMARY KEY (id),
        CONSTRAINT one_receipt_per_number UNIQUE (series, year, number),
        CONSTRAINT one_receipt_per_source UNIQUE (kind, source_id),
        CONSTRAINT ck_receipts_kind_known CHECK (kind IN ('receipt', 'credit_note', 'restored')),
        CONSTRAINT ck_receipts_amount_not_negative CHECK (amount_minor >= 0),
        CONSTRAINT fk_receipts_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id),
        CONSTRAINT fk_receipts_order_id FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT fk_receipts_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),
        CONSTRAINT fk_receipts_corrects FOREIGN KEY (corrects) REFERENCES receipts (id)
    )
    """,
    "CREATE INDEX ix_receipts_payment_id ON receipts (payment_id)",
    "CREATE INDEX ix_receipts_order_id ON receipts (order_id)",
    "CREATE INDEX ix_receipts_customer_id ON receipts (customer_id)",
    "CREATE INDEX ix_receipts_issued_at ON receipts (issued_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE receipts")
    op.execute("DROP TABLE receipt_series")
