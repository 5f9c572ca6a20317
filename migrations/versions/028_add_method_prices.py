"""Add prices per payment method and the amount requested by each checkout."""

from alembic import op

revision = "028_add_method_prices"
down_revision = "027_create_payment_methods"

MONEY = (("plan_payment_prices", "price"), ("checkout_attempts", "amount"), ("checkout_attempts", "price"))


def upgrade() -> None:
    for table, field in MONEY:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {field}_minor BIGINT")
        op.execute(f"ALTER TABLE {table} ADD COLUMN {field}_currency CHAR(3)")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{field}_not_negative CHECK ({field}_minor >= 0)")
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{field}_whole"
            f" CHECK (({field}_minor IS NULL) = ({field}_currency IS NULL))"
        )
    op.execute("ALTER TABLE plan_payment_prices ALTER COLUMN external_price_id DROP NOT NULL")


def downgrade() -> None:
    op.execute("DELETE FROM plan_payment_prices WHERE external_price_id IS NULL")
    op.execute("ALTER TABLE plan_payment_prices ALTER COLUMN external_price_id SET NOT NULL")
    for table, field in reversed(MONEY):
        for part in ("whole", "not_negative"):
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{field}_{part}")
        for part in ("currency", "minor"):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {field}_{part}")
