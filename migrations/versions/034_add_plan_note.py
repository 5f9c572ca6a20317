"""Add a line of the operator's below the description on a plan's card."""

from alembic import op

revision = "034_add_plan_note"
down_revision = "033_ask_about_disputes"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE service_plans
            ADD COLUMN note TEXT NOT NULL DEFAULT '',
            ADD CONSTRAINT ck_service_plans_note_not_too_long CHECK (char_length(note) <= 200)
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE service_plans DROP COLUMN note")
