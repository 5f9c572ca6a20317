"""Add a fingerprint of a post's original content, so that a repeated request is recognised after an edit."""

from alembic import op

revision = "019_add_fingerprint_of_a_pick"
down_revision = "018_add_message_of_a_checkout"


def upgrade() -> None:
    op.execute("ALTER TABLE picks ADD COLUMN accepted_as TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE picks DROP COLUMN accepted_as")
