"""Store the policies for full refunds and disputes per plan and with each purchase."""

from alembic import op

revision = "032_add_money_policies"
down_revision = "031_add_part_payments"

POLICIES = (("refund_policy", ("end_access", "keep_access")), ("dispute_policy", ("suspend", "keep")))
TABLES = ("service_plans", "orders")


def upgrade() -> None:
    for table in TABLES:
        for column, values in POLICIES:
            known = ", ".join(f"'{value}'" for value in values)
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL DEFAULT '{values[0]}'")
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column}_known CHECK ({column} IN ({known}))")


def downgrade() -> None:
    for table in TABLES:
        for column, _ in POLICIES:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
