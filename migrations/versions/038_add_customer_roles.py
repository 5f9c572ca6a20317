"""Create a view of the customers' roles, derived from subscriptions."""

from alembic import op

revision = "038_add_customer_roles"
down_revision = "037_ask_each_day"


def upgrade() -> None:
    op.execute(
        """
        CREATE VIEW customer_roles AS
        SELECT customers.id AS customer_id, customers.telegram_id, CASE WHEN EXISTS (
            SELECT 1 FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
            WHERE subscriptions.customer_id = customers.id AND service_plans.access = 'vip_channel'
                AND subscriptions.status IN ('trialing', 'active', 'past_due', 'canceled')
                AND coalesce(subscriptions.paused_for, '') = ''
        ) THEN 'vip' ELSE 'free' END AS role
        FROM customers
        """
    )


def downgrade() -> None:
    op.execute("DROP VIEW customer_roles")
