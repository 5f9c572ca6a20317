"""Create settings that the operator changes at run time."""

from alembic import op

revision = "119_keep_custom_settings"
down_revision = "127_note_leaving"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE custom_settings (name TEXT NOT NULL, value TEXT NOT NULL, changed_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_custom_settings PRIMARY KEY (name))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE custom_settings")
