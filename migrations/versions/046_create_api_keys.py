"""Create API keys for the operator's programs: several at once, with permissions and the time of last use."""

from alembic import op

revision = "046_create_api_keys"
down_revision = "045_seal_codes"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE api_keys (
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            abilities TEXT NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            last_used_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT pk_api_keys PRIMARY KEY (name),
            CONSTRAINT one_key_per_digest UNIQUE (digest)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE api_keys")
