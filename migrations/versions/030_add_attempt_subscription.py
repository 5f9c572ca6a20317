"""Store the checkout that a subscription began with, because some providers identify subscriptions by it."""

from alembic import op

revision = "030_add_attempt_subscription"
down_revision = "029_create_receipts"


def upgrade() -> None:
    op.execute("ALTER TABLE checkout_attempts ADD COLUMN subscription_ref TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE checkout_attempts DROP COLUMN subscription_ref")
