"""Keep the features for gifts and promotions switched on in installations that have used them, independently of the
defaults.
"""

from alembic import op

revision = "180_keep_gifts_and_promotions"
down_revision = "179_seal_settings"

_IN_USE = {"gifts": "SELECT FROM orders WHERE gift", "promotions": "SELECT FROM promotions"}


def upgrade() -> None:
    for feature, rows in _IN_USE.items():
        op.execute(
            "INSERT INTO custom_settings (name, value, changed_at)"
            f" SELECT 'FEATURES:{feature}', 'on', now() WHERE EXISTS ({rows}) ON CONFLICT (name) DO NOTHING"
        )


def downgrade() -> None:
    op.execute("DELETE FROM custom_settings WHERE name IN ('FEATURES:gifts', 'FEATURES:promotions') AND value = 'on'")
