"""What announces a charge is kept as it was sent: the evidence that its payer was told in time."""

from alembic import op

revision = "110_keep_notice_texts"
down_revision = "102_note_countries"


def upgrade() -> None:
    op.execute("ALTER TABLE notifications ADD COLUMN IF NOT EXISTS text TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE notifications DROP COLUMN text")
