"""Create the table of the pictures that the operator shows on the public pages."""

from alembic import op

revision = "184_keep_site_pictures"
down_revision = "183_keep_mini_app_and_mcp"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE site_pictures (
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        size INTEGER NOT NULL,
        digest TEXT NOT NULL,
        content BYTEA NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_site_pictures PRIMARY KEY (name)
    )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE site_pictures")
