"""Store whether a customer requested a checkout or only opened a card that leads to it."""

from alembic import op

revision = "043_add_order_asked"
down_revision = "042_find_unsent_picks"


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN asked BOOLEAN NOT NULL DEFAULT true")


def downgrade() -> None:
    op.execute("ALTER TABLE orders DROP COLUMN asked")
