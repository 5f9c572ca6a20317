"""What may be read of a code stands by itself, so that the web reads it and not the code.

The database fills it in, so the previous version goes on beside this one.
"""

from alembic import op

revision = "047_add_code_prefix"
down_revision = "046_create_api_keys"


def upgrade() -> None:
    op.execute("ALTER TABLE activation_tokens ADD COLUMN prefix TEXT GENERATED ALWAYS AS (left(token, 4)) STORED")


def downgrade() -> None:
    op.execute("ALTER TABLE activation_tokens DROP COLUMN prefix")
