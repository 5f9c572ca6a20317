"""Create the table of the files that staff uploads for messages."""

from alembic import op

revision = "185_keep_uploads"
down_revision = "184_keep_site_pictures"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE uploads (
        id UUID NOT NULL,
        owner BIGINT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        content BYTEA NOT NULL,
        refused TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_uploads PRIMARY KEY (id),
        CONSTRAINT ck_uploads_kind_known CHECK (kind IN ('photo', 'video', 'document'))
    )
    """)
    op.execute("CREATE INDEX ix_uploads_created_at ON uploads (created_at)")


def downgrade() -> None:
    op.execute("DROP TABLE uploads")
