"""Allow entitlements that the bot delivers in the chat: a text, a link or a file."""

from alembic import op

revision = "115_hand_over_content"
down_revision = "120_keep_record_posts"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE resource_contents (resource_id uuid NOT NULL, form text NOT NULL, body text NOT NULL,"
        " CONSTRAINT pk_resource_contents PRIMARY KEY (resource_id),"
        " CONSTRAINT fk_resource_contents_resource_id FOREIGN KEY (resource_id) REFERENCES resources (id)"
        " ON DELETE CASCADE,"
        " CONSTRAINT ck_resource_contents_form_known CHECK (form IN ('text', 'link', 'document', 'photo')))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE resource_contents")
