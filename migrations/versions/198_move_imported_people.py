"""Imported people who have never opened the bot were stored as having blocked it."""

from subscriptions.infrastructure.database import online_changes

revision = "198_move_imported_people"
down_revision = "197_record_additions"


def upgrade() -> None:
    online_changes.backfill(
        "customers",
        "unopened_at = blocked_at, blocked_at = NULL",
        "source = 'import' AND telegram_id > 0 AND blocked_at = created_at",
    )


def downgrade() -> None:
    online_changes.backfill(
        "customers", "blocked_at = coalesce(blocked_at, unopened_at), unopened_at = NULL", "unopened_at IS NOT NULL"
    )
