"""Store when an account last checked a channel's title, protection and links, so that a missed check is repeated."""

from alembic import op

revision = "095_note_channel_looks"
down_revision = "094_say_who_may_buy"


def upgrade() -> None:
    op.execute("ALTER TABLE telegram_channels ADD COLUMN IF NOT EXISTS looked_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE telegram_channels DROP COLUMN looked_at")
