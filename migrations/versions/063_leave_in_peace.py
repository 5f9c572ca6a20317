"""Add customers' objection to win-back messages."""

from alembic import op

revision = "063_leave_in_peace"
down_revision = "062_forget_code_notes"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN quiet_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE customers DROP COLUMN quiet_at")
