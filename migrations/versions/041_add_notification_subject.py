"""What a message is about, so that who comes back to the bot can be told what was kept for them."""

from alembic import op

revision = "041_add_notification_subject"
down_revision = "040_add_second_owners"


def upgrade() -> None:
    op.execute("ALTER TABLE notifications ADD COLUMN subject UUID")


def downgrade() -> None:
    op.execute("ALTER TABLE notifications DROP COLUMN subject")
