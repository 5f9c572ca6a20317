"""Store the chats of the bot, so that staff can add one in the chat or the console."""

from alembic import op

revision = "113_keep_seen_chats"
down_revision = "125_keep_app_presses"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE seen_chats (chat_id bigint NOT NULL, title text NOT NULL, username text,"
        " chat_type text NOT NULL, is_admin boolean NOT NULL, missing text NOT NULL,"
        " members_invite boolean NOT NULL, seen_at timestamptz NOT NULL,"
        " CONSTRAINT pk_seen_chats PRIMARY KEY (chat_id))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE seen_chats")
