"""Index payments under review, for their count."""

from alembic import op

revision = "124_count_flagged"
down_revision = "136_remind_of_tips"


def upgrade() -> None:
    op.execute("CREATE INDEX IF NOT EXISTS ix_payments_flagged ON payments (occurred_at, id) WHERE status = 'flagged'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_payments_flagged")
