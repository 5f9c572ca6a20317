"""Add the tags that staff gives customers."""

from alembic import op

revision = "181_keep_tags"
down_revision = "180_keep_gifts_and_promotions"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN tags TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE customers DROP COLUMN tags")
