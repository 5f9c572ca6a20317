"""Store the time at which Umbral decided that a subscription's provider must stop charging."""

from alembic import op

revision = "145_keep_stopped_billing"
down_revision = "144_keep_what_disputes_refund"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN billing_stopped_at TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN billing_stopped_at")
