"""Index the sort order of the console's list of orders."""

from alembic import op

revision = "122_index_orders"
down_revision = "116_choose_withdrawn_rules"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_orders_created_at ON orders (created_at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_orders_created_at")
