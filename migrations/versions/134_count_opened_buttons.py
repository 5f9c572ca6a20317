"""Store when a customer first pressed a broadcast's button that leads to the bot."""

from alembic import op

revision = "134_count_opened_buttons"
down_revision = "133_simplify_invoices"


def upgrade() -> None:
    op.execute("ALTER TABLE broadcast_deliveries ADD COLUMN opened_at TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE broadcast_deliveries DROP COLUMN opened_at")
