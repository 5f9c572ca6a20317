"""Add pre-created channels, which have no customer until a sale."""

from alembic import op

revision = "024_add_channel_stock"
down_revision = "023_add_vip_entries"

STATEMENTS = (
    "ALTER TABLE telegram_channels ADD COLUMN adopted_at TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE telegram_channels DROP CONSTRAINT ck_telegram_channels_personal_has_customer",
    """
    ALTER TABLE telegram_channels ADD CONSTRAINT ck_telegram_channels_personal_has_customer_or_is_stock
        CHECK (kind <> 'personal' OR customer_id IS NOT NULL OR (plan_id IS NULL AND subscription_id IS NULL))
    """,
    """
    CREATE INDEX ix_telegram_channels_stock ON telegram_channels (created_at)
        WHERE kind = 'personal' AND customer_id IS NULL AND status <> 'deleted'
    """,
)

UNDO = (
    "DROP INDEX ix_telegram_channels_stock",
    "ALTER TABLE telegram_channels DROP CONSTRAINT ck_telegram_channels_personal_has_customer_or_is_stock",
    # The previous schema requires a customer, and these channels have none: remove them. Their accounts count them as
    # used and keep them at Telegram.
    "DELETE FROM telegram_channels WHERE kind = 'personal' AND customer_id IS NULL",
    """
    ALTER TABLE telegram_channels ADD CONSTRAINT ck_telegram_channels_personal_has_customer
        CHECK (kind <> 'personal' OR customer_id IS NOT NULL)
    """,
    "ALTER TABLE telegram_channels DROP COLUMN adopted_at",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in UNDO:
        op.execute(statement)
