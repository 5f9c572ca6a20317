"""Store the sources of a post picture's copies, for comparison with a leaked copy."""

from alembic import op

revision = "036_add_pick_pictures"
down_revision = "035_add_inbox_origin"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE pick_pictures (
            pick_id UUID NOT NULL CONSTRAINT pk_pick_pictures PRIMARY KEY
                CONSTRAINT fk_pick_pictures_pick_id REFERENCES picks (id),
            original BYTEA NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX ix_pick_pictures_created_at ON pick_pictures (created_at)")


def downgrade() -> None:
    op.execute("DROP TABLE pick_pictures")
