"""Index the last activity feed delivery of a chat."""

from alembic import op

revision = "053_find_news"
down_revision = "052_add_tallies"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_notifications_news ON notifications (recipient, sent_at) WHERE kind = 'owner_news'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_notifications_news")
