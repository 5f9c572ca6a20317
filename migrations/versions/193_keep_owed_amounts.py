"""Store the amount of a failed charge, which can differ from the price, for example by a coupon or a quantity."""

from alembic import op

revision = "193_keep_owed_amounts"
down_revision = "192_index_audit_transactions"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE subscriptions"
        " ADD COLUMN owed_amount_minor BIGINT, ADD COLUMN owed_amount_currency CHAR(3),"
        " ADD CONSTRAINT ck_subscriptions_owed_amount_whole"
        " CHECK ((owed_amount_minor IS NULL) = (owed_amount_currency IS NULL)) NOT VALID,"
        " ADD CONSTRAINT ck_subscriptions_owed_amount_not_negative CHECK (owed_amount_minor >= 0) NOT VALID"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN owed_amount_currency, DROP COLUMN owed_amount_minor")
