"""Allow a simplified invoice and its full replacement: separate records of one receipt by kind."""

from alembic import op

revision = "133_simplify_invoices"
down_revision = "132_find_pages"
_OF_RECEIPT = (
    "ALTER TABLE invoice_records DROP CONSTRAINT one_record_per_revision, ADD CONSTRAINT one_record_per_revision"
)
_KNOWN = "ck_invoice_records_kind_of_invoice_known"


def upgrade() -> None:
    op.execute(f"{_OF_RECEIPT} UNIQUE (receipt_id, kind_of_invoice, kind, revision)")
    op.execute(
        f"ALTER TABLE invoice_records ADD CONSTRAINT {_KNOWN} CHECK (kind_of_invoice IN ('F1', 'F2', 'F3', 'R1', 'R5'))"
    )


def downgrade() -> None:
    op.execute(f"ALTER TABLE invoice_records DROP CONSTRAINT {_KNOWN}")
    op.execute(f"{_OF_RECEIPT} UNIQUE (receipt_id, kind, revision)")
