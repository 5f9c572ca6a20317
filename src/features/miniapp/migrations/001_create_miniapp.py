"""Create the table of button presses in the Mini App."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_miniapp"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE app_presses (
        id UUID NOT NULL,
        person BIGINT NOT NULL,
        key TEXT NOT NULL,
        data TEXT NOT NULL,
        before UUID,
        place INTEGER NOT NULL,
        names JSONB NOT NULL,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        messages JSONB,
        answered_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_app_presses PRIMARY KEY (id),
        CONSTRAINT one_app_press_per_key UNIQUE (person, key)
    )
    """,
    "CREATE INDEX ix_app_presses_asked_at ON app_presses (asked_at)",
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("app_presses"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE app_presses")
