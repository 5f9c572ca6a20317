"""Add referrals: the referrer, and the payment that earned days for both."""

from alembic import op

revision = "074_add_referrals"
down_revision = "073_add_pauses"

UPGRADE = (
    "ALTER TABLE customers ADD COLUMN IF NOT EXISTS referrer_id UUID",
    "ALTER TABLE customers ADD COLUMN IF NOT EXISTS referral_payment_id UUID",
    "ALTER TABLE customers ADD CONSTRAINT fk_customers_referrer_id"
    " FOREIGN KEY(referrer_id) REFERENCES customers (id) ON DELETE SET NULL",
    "CREATE INDEX ix_customers_referrer_id ON customers (referrer_id) WHERE referrer_id IS NOT NULL",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE customers DROP COLUMN referral_payment_id, DROP COLUMN referrer_id")
