"""Store the plan that each ledger entry's time is for, and the switches between plans."""

from alembic import op

revision = "199_keep_plan_of_time"
down_revision = "198_move_imported_people"


def upgrade() -> None:
    op.execute("ALTER TABLE ledger_entries ADD COLUMN plan_id UUID, ADD COLUMN changed_from UUID")


def downgrade() -> None:
    op.execute("ALTER TABLE ledger_entries DROP COLUMN changed_from, DROP COLUMN plan_id")
