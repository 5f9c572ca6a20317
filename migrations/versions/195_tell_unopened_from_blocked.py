"""Store that a customer has not opened the bot apart from a block."""

from alembic import op

revision = "195_tell_unopened_from_blocked"
down_revision = "194_check_owed_amounts"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN unopened_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE customers DROP COLUMN unopened_at")
