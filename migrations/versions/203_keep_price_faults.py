"""Store why a provider refuses the price of a plan, which is not sold by that provider meanwhile."""

from alembic import op

revision = "203_keep_price_faults"
down_revision = "202_fill_charges_under_way"


def upgrade() -> None:
    op.execute("ALTER TABLE plan_payment_prices ADD COLUMN fault TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE plan_payment_prices DROP COLUMN fault")
