"""Store the plan that a provider charges already while the time of another plan is used first."""

from alembic import op

revision = "200_keep_billed_plan"
down_revision = "199_keep_plan_of_time"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN billed_plan_id UUID")


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN billed_plan_id")
