"""Add welcome messages in groups and deletion of Telegram's join and leave messages."""

from alembic import op

revision = "118_welcome_in_groups"
down_revision = "128_keep_invoice_records"


def upgrade() -> None:
    op.execute("ALTER TABLE resources ADD COLUMN tidy boolean NOT NULL DEFAULT false, ADD COLUMN welcome text")


def downgrade() -> None:
    op.execute("ALTER TABLE resources DROP COLUMN tidy, DROP COLUMN welcome")
