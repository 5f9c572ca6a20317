"""Store whether a refund only repeats the loss of a dispute, and whether a dispute was settled by a refund."""

from alembic import op

revision = "144_keep_what_disputes_refund"
down_revision = "140_keep_upcoming_charges"


def upgrade() -> None:
    op.execute("ALTER TABLE refunds ADD COLUMN repeats_dispute BOOLEAN")
    op.execute("ALTER TABLE disputes ADD COLUMN by_refund BOOLEAN")


def downgrade() -> None:
    op.execute("ALTER TABLE disputes DROP COLUMN by_refund")
    op.execute("ALTER TABLE refunds DROP COLUMN repeats_dispute")
