"""Store the readable prefix of a code in its own column, so that the web process reads no codes.

The database fills the column, so the previous version can run beside this one.
"""

from alembic import op

revision = "047_add_code_prefix"
down_revision = "046_create_api_keys"


def upgrade() -> None:
    op.execute("ALTER TABLE activation_tokens ADD COLUMN prefix TEXT GENERATED ALWAYS AS (left(token, 4)) STORED")


def downgrade() -> None:
    op.execute("ALTER TABLE activation_tokens DROP COLUMN prefix")
