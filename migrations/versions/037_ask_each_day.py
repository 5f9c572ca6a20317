"""Add the time of the next scheduled fetch of a subscription's status."""

from alembic import op

revision = "037_ask_each_day"
down_revision = "036_add_pick_pictures"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN next_ask_at TIMESTAMP WITH TIME ZONE")
    op.execute(
        """
        CREATE INDEX ix_subscriptions_ask ON subscriptions (provider, next_ask_at NULLS FIRST)
            WHERE status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')
        """
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_subscriptions_ask")
    op.execute("ALTER TABLE subscriptions DROP COLUMN next_ask_at")
