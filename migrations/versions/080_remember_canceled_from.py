"""Store the status before a cancellation, so that undoing it resumes a trial, and the date to which the next charge
was moved.
"""

from alembic import op

revision = "080_remember_canceled_from"
down_revision = "079_keep_periods"

_STATUSES = "'incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled', 'expired'"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS canceled_from TEXT"
        f" CONSTRAINT ck_subscriptions_canceled_from_known CHECK (canceled_from IN ({_STATUSES}))"
    )
    op.execute("ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS charge_moved_to TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN charge_moved_to")
    op.execute("ALTER TABLE subscriptions DROP COLUMN canceled_from")
