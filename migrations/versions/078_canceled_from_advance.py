"""What a subscription was before its cancellation: a trial that is kept after all is a trial still."""

from alembic import op

revision = "078_canceled_from_advance"
down_revision = "077_watch_alarms"

_STATUSES = "'incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled', 'expired'"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS canceled_from TEXT"
        f" CONSTRAINT ck_subscriptions_canceled_from_known CHECK (canceled_from IN ({_STATUSES}))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN canceled_from")
