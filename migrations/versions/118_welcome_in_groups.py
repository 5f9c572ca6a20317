"""A group may be kept free of Telegram's lines about who came and went, and may greet whoever comes."""

from alembic import op

revision = "118_welcome_in_groups"
down_revision = "128_keep_invoice_records"


def upgrade() -> None:
    op.execute("ALTER TABLE resources ADD COLUMN tidy boolean NOT NULL DEFAULT false, ADD COLUMN welcome text")


def downgrade() -> None:
    op.execute("ALTER TABLE resources DROP COLUMN tidy, DROP COLUMN welcome")
