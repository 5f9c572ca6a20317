"""Add customers' time zones and apply them to scheduled messages."""

from alembic import op

revision = "066_add_zones"
down_revision = "065_add_receipt_country"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN zone TEXT")
    op.execute("ALTER TABLE notifications ADD COLUMN zone TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE notifications DROP COLUMN zone")
    op.execute("ALTER TABLE customers DROP COLUMN zone")
