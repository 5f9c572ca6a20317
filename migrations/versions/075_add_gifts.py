"""Add gifts: orders of one customer for another, each with its code."""

from alembic import op

revision = "075_add_gifts"
down_revision = "074_add_referrals"

_ONE = "CREATE UNIQUE INDEX {name} ON orders (customer_id, plan_id{more}) WHERE status = 'open'"
_INDEX = "one_open_order_per_customer_and_plan"

UPGRADE = (
    "ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift BOOLEAN DEFAULT false NOT NULL",
    # Create the new index first, so that two open orders are impossible at any time.
    _ONE.format(name="one_open_order_of_a_kind", more=", gift"),
    f"DROP INDEX {_INDEX}",
    f"ALTER INDEX one_open_order_of_a_kind RENAME TO {_INDEX}",
    "CREATE INDEX ix_orders_gifts ON orders (customer_id, paid_at) WHERE gift",
    "ALTER TABLE activation_tokens ADD COLUMN IF NOT EXISTS order_id UUID",
    "ALTER TABLE activation_tokens ADD CONSTRAINT fk_activation_tokens_order_id"
    " FOREIGN KEY(order_id) REFERENCES orders (id)",
    "ALTER TABLE activation_tokens ADD CONSTRAINT one_activation_token_per_gift UNIQUE (order_id)",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE activation_tokens DROP COLUMN order_id")
    op.execute(f"DROP INDEX {_INDEX}")
    op.execute("UPDATE orders SET status = 'canceled' WHERE gift AND status = 'open'")
    op.execute("ALTER TABLE orders DROP COLUMN gift")
    op.execute(_ONE.format(name=_INDEX, more=""))
