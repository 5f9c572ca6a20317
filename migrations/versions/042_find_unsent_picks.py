"""Index undelivered posts, which are queried every minute."""

from alembic import op

revision = "042_find_unsent_picks"
down_revision = "041_add_notification_subject"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_pick_deliveries_unsent ON pick_deliveries (pick_id) WHERE revision = 0")


def downgrade() -> None:
    op.execute("DROP INDEX ix_pick_deliveries_unsent")
