"""Add pauses of one month."""

from alembic import op

revision = "073_add_pauses"
down_revision = "072_end_orders_with_their_plan"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS pause_until TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN pause_until")
