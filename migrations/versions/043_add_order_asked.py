"""Whether somebody asked for the place to pay of an order, or only looked at a card that leads there."""

from alembic import op

revision = "043_add_order_asked"
down_revision = "042_find_unsent_picks"


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN asked BOOLEAN NOT NULL DEFAULT true")


def downgrade() -> None:
    op.execute("ALTER TABLE orders DROP COLUMN asked")
