"""Store when a customer left a chat, so that later posts there do not count as received.

Customers who left before this migration have no timestamp: no post counts as received by them.
"""

from alembic import op

revision = "127_note_leaving"
down_revision = "126_keep_second_accounts"


def upgrade() -> None:
    op.execute("ALTER TABLE accesses ADD COLUMN left_at TIMESTAMPTZ")
    op.execute(
        "UPDATE accesses SET left_at = joined_at WHERE joined_at IS NOT NULL"
        " AND status IN ('action_required', 'failed', 'invited', 'pending')"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE accesses DROP COLUMN left_at")
