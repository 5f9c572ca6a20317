"""Store which receipts were passed to invoicing, and the invoice's recipient."""

from alembic import op

revision = "097_keep_invoice_requests"
down_revision = "090_open_resources"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE invoice_requests (id UUID NOT NULL, receipt_id UUID NOT NULL, customer_id UUID NOT NULL,"
        " tax_id TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, asked_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_invoice_requests PRIMARY KEY (id),"
        " CONSTRAINT one_invoice_request_per_receipt UNIQUE (receipt_id),"
        " CONSTRAINT fk_invoice_requests_receipt_id FOREIGN KEY (receipt_id) REFERENCES receipts (id),"
        " CONSTRAINT fk_invoice_requests_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_invoice_requests_customer_id ON invoice_requests (customer_id)")


def downgrade() -> None:
    op.execute("DROP TABLE invoice_requests")
