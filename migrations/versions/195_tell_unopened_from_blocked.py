"""Store that a customer has not opened the bot apart from a block. Imported people, who have never opened the bot, were
stored as blocked.
"""

from alembic import op

from subscriptions.infrastructure.database import online_changes

revision = "195_tell_unopened_from_blocked"
down_revision = "194_check_owed_amounts"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN unopened_at TIMESTAMP WITH TIME ZONE")
    online_changes.backfill(
        "customers",
        "unopened_at = blocked_at, blocked_at = NULL",
        "source = 'import' AND telegram_id > 0 AND blocked_at = created_at",
    )


def downgrade() -> None:
    online_changes.backfill(
        "customers", "blocked_at = coalesce(blocked_at, unopened_at), unopened_at = NULL", "unopened_at IS NOT NULL"
    )
    op.execute("ALTER TABLE customers DROP COLUMN unopened_at")
