"""Allow codes created by processes without the codes' key: client programs and the web console."""

from alembic import op

revision = "070_make_keyless_codes"
down_revision = "069_find_old"


def upgrade() -> None:
    op.execute("ALTER TABLE activation_tokens ADD COLUMN IF NOT EXISTS keyless BOOLEAN NOT NULL DEFAULT false")
    named = "ck_activation_tokens_keyless_are_sealed"
    op.execute(f"ALTER TABLE activation_tokens DROP CONSTRAINT IF EXISTS {named}")
    op.execute(f"ALTER TABLE activation_tokens ADD CONSTRAINT {named} CHECK (sealed OR NOT keyless)")


def downgrade() -> None:
    op.execute("ALTER TABLE activation_tokens DROP COLUMN keyless")
