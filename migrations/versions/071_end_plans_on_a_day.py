"""Add a fixed end date to plans."""

from alembic import op

revision = "071_end_plans_on_a_day"
down_revision = "070_make_keyless_codes"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE service_plans
            ADD COLUMN ends_on DATE,
            ADD CONSTRAINT ck_service_plans_what_renews_has_no_last_day CHECK (ends_on IS NULL OR NOT recurring)
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE service_plans DROP COLUMN ends_on")
