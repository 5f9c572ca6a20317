"""Store the last time at which a subscription's provider reported a pause without an end date."""

from alembic import op

revision = "172_keep_seen_pauses"
down_revision = "171_keep_process_features"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN paused_seen_at TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN paused_seen_at")
