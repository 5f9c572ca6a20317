"""Allow a replacement for a channel deleted at Telegram."""

from alembic import op

revision = "039_replace_lost_channels"
down_revision = "038_add_customer_roles"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE telegram_channels
            ADD COLUMN replaces UUID CONSTRAINT fk_telegram_channels_replaces REFERENCES telegram_channels (id)
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE telegram_channels DROP COLUMN replaces")
