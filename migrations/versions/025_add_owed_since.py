"""Add the start of a late renewal, so that the customer is thanked whichever event reports the payment first."""

from alembic import op

revision = "025_add_owed_since"
down_revision = "024_add_channel_stock"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN owed_since TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN owed_since")
