"""Add the subject of a message, so that customers who return to the bot receive stored messages."""

from alembic import op

revision = "041_add_notification_subject"
down_revision = "040_add_second_owners"


def upgrade() -> None:
    op.execute("ALTER TABLE notifications ADD COLUMN subject UUID")


def downgrade() -> None:
    op.execute("ALTER TABLE notifications DROP COLUMN subject")
