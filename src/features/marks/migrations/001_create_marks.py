"""Create the table of the original pictures of posts."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_marks"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE pick_pictures (
        pick_id UUID NOT NULL,
        original BYTEA NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_pick_pictures PRIMARY KEY (pick_id),
        CONSTRAINT fk_pick_pictures_pick_id FOREIGN KEY (pick_id) REFERENCES picks (id)
    )
    """,
    "CREATE INDEX ix_pick_pictures_created_at ON pick_pictures (created_at)",
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("pick_pictures"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE pick_pictures")
