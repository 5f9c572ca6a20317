"""Add translations of plans' texts."""

from alembic import op

revision = "059_add_plan_texts"
down_revision = "058_find_grants"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE service_plans
            ADD COLUMN texts JSONB NOT NULL DEFAULT '{}',
            ADD CONSTRAINT ck_service_plans_texts_by_language CHECK (jsonb_typeof(texts) = 'object')
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE service_plans DROP COLUMN texts")
