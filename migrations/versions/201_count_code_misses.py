"""Count the codes without a promotion that a customer tries, so that codes cannot be guessed."""

from alembic import op

revision = "201_count_code_misses"
down_revision = "200_keep_billed_plan"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE customers ADD COLUMN code_misses INTEGER DEFAULT 0 NOT NULL,"
        " ADD COLUMN code_missed_at TIMESTAMP WITH TIME ZONE"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE customers DROP COLUMN code_missed_at, DROP COLUMN code_misses")
