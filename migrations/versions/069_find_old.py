"""Index messages and events by age, for the hourly deletion after retention."""

from alembic import op

revision = "069_find_old"
down_revision = "068_tell_transmissions_apart"

_INDEXES = {
    "ix_bot_updates_done": "bot_updates (done_at) WHERE done_at IS NOT NULL",
    "ix_notifications_told": "notifications (sent_at) WHERE recipient <> 0",
    "ix_notifications_failed": "notifications (created_at) WHERE failed IS NOT NULL AND recipient <> 0",
    "ix_orders_customer_id": "orders (customer_id)",
    "ix_telegram_channels_customer_id": "telegram_channels (customer_id)",
    "ix_webhook_inbox_bodies": "webhook_inbox (handled_at) WHERE octet_length(body) > 0",
}


def upgrade() -> None:
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
