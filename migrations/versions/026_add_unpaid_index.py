"""Index failed charges that must be fetched: few rows among many, queried every second."""

from alembic import op

revision = "026_add_unpaid_index"
down_revision = "025_add_owed_since"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_subscriptions_unpaid ON subscriptions (next_check_at) WHERE status = 'past_due'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_subscriptions_unpaid")
