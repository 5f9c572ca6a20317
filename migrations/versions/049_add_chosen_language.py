"""Add the language that a customer chose in place of Telegram's."""

from alembic import op

revision = "049_add_chosen_language"
down_revision = "048_add_cause"


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN chosen_language TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE customers DROP COLUMN chosen_language")
