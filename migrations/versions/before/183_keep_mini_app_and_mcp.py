"""Switch on the features that leave no rows of their own, in installations in which they may be in use. In new
installations, they are off.

The use of all other features is visible in their rows (function `umbral_used`, created by `umbral migrate`).
"""

from alembic import op

revision = "183_keep_mini_app_and_mcp"
down_revision = "182_index_tags"

_MAY_BE_IN_USE = {"miniapp": "SELECT FROM customers", "mcp": "SELECT FROM api_keys"}


def upgrade() -> None:
    for feature, rows in _MAY_BE_IN_USE.items():
        op.execute(
            "INSERT INTO custom_settings (name, value, changed_at)"
            f" SELECT 'FEATURES:{feature}', 'on', now() WHERE EXISTS ({rows}) ON CONFLICT (name) DO NOTHING"
        )


def downgrade() -> None:
    op.execute("DELETE FROM custom_settings WHERE name IN ('FEATURES:miniapp', 'FEATURES:mcp') AND value = 'on'")
    op.execute("DROP FUNCTION IF EXISTS umbral_used()")
