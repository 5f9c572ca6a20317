"""Store the sent text of charge notices, as evidence of timely notice."""

from alembic import op

revision = "088_keep_notice_texts"
down_revision = "087_note_countries"


def upgrade() -> None:
    op.execute("ALTER TABLE notifications ADD COLUMN IF NOT EXISTS text TEXT")
    op.execute("CREATE INDEX ix_notifications_evidence ON notifications (sent_at) WHERE text IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX ix_notifications_evidence")
    op.execute("ALTER TABLE notifications DROP COLUMN text")
