"""Create a trigram index that finds customers by a part of their channel's title."""

from subscriptions.infrastructure.database import online_changes

revision = "176_index_channel_titles"
down_revision = "175_index_search_names"


def upgrade() -> None:
    online_changes.create_index(
        "ix_telegram_channels_title", "telegram_channels USING gin (title gin_trgm_ops) WHERE customer_id IS NOT NULL"
    )


def downgrade() -> None:
    online_changes.drop_index("ix_telegram_channels_title")
