"""Add the fixed end date to orders, whenever they are paid."""

from alembic import op

revision = "072_end_orders_with_their_plan"
down_revision = "071_end_plans_on_a_day"


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN ends_at TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE orders DROP COLUMN ends_at")
