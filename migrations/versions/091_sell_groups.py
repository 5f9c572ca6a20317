"""Allow groups as shared chats."""

from alembic import op

revision = "091_sell_groups"
down_revision = "104_keep_custom_texts"

UPGRADE = (
    "ALTER TABLE telegram_channels DROP CONSTRAINT ck_telegram_channels_kind_known",
    "ALTER TABLE telegram_channels ADD CONSTRAINT ck_telegram_channels_kind_known"
    " CHECK (kind IN ('personal', 'vip', 'shared', 'group'))",
)

DOWNGRADE = (
    # The previous version treats a group like any other shared chat.
    "UPDATE telegram_channels SET kind = 'shared' WHERE kind = 'group'",
    "UPDATE resources SET kind = 'shared_channel' WHERE kind = 'group'",
    "ALTER TABLE telegram_channels DROP CONSTRAINT ck_telegram_channels_kind_known",
    "ALTER TABLE telegram_channels ADD CONSTRAINT ck_telegram_channels_kind_known"
    " CHECK (kind IN ('personal', 'vip', 'shared'))",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
