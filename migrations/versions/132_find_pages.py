"""Index the sort order of message, channel and payment pages in the API."""

from alembic import op

revision = "132_find_pages"
down_revision = "131_count_kept_roles"

_INDEXES = {
    "ix_notifications_created_at": "notifications (created_at, id)",
    "ix_payments_recorded_at": "payments (recorded_at, id)",
    "ix_telegram_channels_created_at": "telegram_channels (created_at, id)",
}


def upgrade() -> None:
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
