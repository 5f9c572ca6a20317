"""Store a channel's discussion group as seen by the bot, and the rights of non-members in a group."""

from alembic import op

revision = "130_see_discussions"
down_revision = "129_plan_topics"


def upgrade() -> None:
    op.execute("ALTER TABLE seen_chats ADD COLUMN linked bigint, ADD COLUMN outsiders text NOT NULL DEFAULT ''")


def downgrade() -> None:
    op.execute("ALTER TABLE seen_chats DROP COLUMN linked, DROP COLUMN outsiders")
