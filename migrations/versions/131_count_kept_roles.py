"""Count customers with a grandfathered VIP entitlement as VIP until their period ends."""

from alembic import op

revision = "131_count_kept_roles"
down_revision = "130_see_discussions"

_ROLES = """
CREATE OR REPLACE VIEW customer_roles AS
SELECT customers.id AS customer_id, customers.telegram_id, CASE WHEN EXISTS (
    SELECT 1 FROM subscriptions
    WHERE subscriptions.customer_id = customers.id AND (subscriptions.plan_id IN (
            SELECT plan_id FROM plan_resources JOIN resources ON resources.id = resource_id WHERE soft_id = 'vip'
        ){or_keeps})
        AND subscriptions.status IN ('trialing', 'active', 'past_due', 'canceled')
        AND coalesce(subscriptions.paused_for, '') = ''
) THEN 'vip' ELSE 'free' END AS role
FROM customers
"""
_OR_KEEPS = """ OR subscriptions.id IN (
            SELECT subscription_id FROM kept_openings JOIN resources ON resources.id = resource_id WHERE soft_id = 'vip'
        )"""


def upgrade() -> None:
    op.execute(_ROLES.format(or_keeps=_OR_KEEPS))


def downgrade() -> None:
    op.execute(_ROLES.format(or_keeps=""))
