"""Allow scheduled posts."""

from alembic import op

revision = "135_schedule_picks"
down_revision = "134_count_opened_buttons"


def upgrade() -> None:
    op.execute("ALTER TABLE picks ADD COLUMN publish_at TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE picks DROP COLUMN publish_at")
