"""Store the purchased period with the subscription, like its price, so that plan changes do not alter it."""

from alembic import op

revision = "079_keep_periods"
down_revision = "078_keep_staff_operations"

UPGRADE = (
    "ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS interval TEXT",
    "ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS interval_count INTEGER",
    "ALTER TABLE subscriptions ADD CONSTRAINT ck_subscriptions_interval_known"
    " CHECK (interval IN ('day', 'week', 'month', 'year'))",
    # Orders record the period; after a plan change only the plan's current period is known.
    "UPDATE subscriptions SET interval = CASE WHEN orders.recurring THEN orders.interval END,"
    " interval_count = orders.interval_count FROM orders"
    " WHERE orders.id = subscriptions.order_id AND orders.plan_id = subscriptions.plan_id"
    " AND subscriptions.status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN interval, DROP COLUMN interval_count")
