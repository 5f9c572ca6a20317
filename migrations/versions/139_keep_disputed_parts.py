"""Add the disputed amount of a partial dispute."""

from alembic import op

revision = "139_keep_disputed_parts"
down_revision = "138_lead_to_more_rituals"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE disputes ADD COLUMN amount_minor BIGINT, ADD COLUMN amount_currency CHAR(3),"
        " ADD CONSTRAINT ck_disputes_amount_whole CHECK ((amount_minor IS NULL) = (amount_currency IS NULL)),"
        " ADD CONSTRAINT ck_disputes_amount_not_negative CHECK (amount_minor >= 0)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE disputes DROP COLUMN amount_minor, DROP COLUMN amount_currency")
