"""Add the buyer's country to receipts, for VAT by country."""

from alembic import op

revision = "065_add_receipt_country"
down_revision = "064_grow"


def upgrade() -> None:
    op.execute("ALTER TABLE receipts ADD COLUMN country TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE receipts DROP COLUMN country")
