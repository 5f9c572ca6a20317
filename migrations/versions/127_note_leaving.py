"""Since when a customer is out of a chat again, so that nothing posted there afterwards is said to have reached them.

Whoever had gone out before now has no moment of it on record: of their time inside nothing is claimed.
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
