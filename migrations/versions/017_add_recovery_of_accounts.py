"""Add the time at which an account limited by Telegram is tried again."""

from alembic import op

revision = "017_add_recovery_of_accounts"
down_revision = "016_add_life_of_a_subscription"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE userbot_accounts ADD COLUMN retry_at TIMESTAMP WITH TIME ZONE,"
        " ADD COLUMN setbacks INTEGER DEFAULT 0 NOT NULL"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE userbot_accounts DROP COLUMN retry_at, DROP COLUMN setbacks")
