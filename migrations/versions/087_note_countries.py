"""Add the declared country to customers, and to each order at its time."""

from alembic import op

revision = "087_note_countries"
down_revision = "086_keep_consents"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN country TEXT")
    op.execute("ALTER TABLE orders ADD COLUMN country TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE orders DROP COLUMN country")
    op.execute("ALTER TABLE customers DROP COLUMN country")
