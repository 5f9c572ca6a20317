"""Who is VIP counts those too whose plan opens the VIP channel no longer, and who keep it until their period ends."""

from alembic import op

revision = "131_count_kept_roles"
down_revision = "130_see_discussions"

_VIP = "SELECT id FROM resources WHERE soft_id = 'vip'"
_OPENS = f"subscriptions.plan_id IN (SELECT plan_id FROM plan_resources WHERE resource_id = ({_VIP}))"
_KEEPS = f"subscriptions.id IN (SELECT subscription_id FROM kept_openings WHERE resource_id = ({_VIP}))"
_ROLES = """
CREATE OR REPLACE VIEW customer_roles AS
SELECT customers.id AS customer_id, customers.telegram_id, CASE WHEN EXISTS (
    SELECT 1 FROM subscriptions
    WHERE subscriptions.customer_id = customers.id AND ({has_vip})
        AND subscriptions.status IN ('trialing', 'active', 'past_due', 'canceled')
        AND coalesce(subscriptions.paused_for, '') = ''
) THEN 'vip' ELSE 'free' END AS role
FROM customers
"""


def upgrade() -> None:
    op.execute(_ROLES.format(has_vip=f"{_OPENS} OR {_KEEPS}"))


def downgrade() -> None:
    op.execute(_ROLES.format(has_vip=_OPENS))
