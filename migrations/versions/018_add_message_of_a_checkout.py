"""Add the id of the chat message that leads to a checkout."""

from alembic import op

revision = "018_add_message_of_a_checkout"
down_revision = "017_add_recovery_of_accounts"


def upgrade() -> None:
    op.execute("ALTER TABLE checkout_attempts ADD COLUMN message_id BIGINT")


def downgrade() -> None:
    op.execute("ALTER TABLE checkout_attempts DROP COLUMN message_id")
