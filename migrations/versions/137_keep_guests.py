"""Store guests of every sold chat, and the number of members unknown to the bot."""

from alembic import op

revision = "137_keep_guests"
down_revision = "124_count_flagged"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE chat_guests (channel_id UUID NOT NULL, telegram_id BIGINT NOT NULL,"
        " seen_at TIMESTAMP WITH TIME ZONE NOT NULL,"
        " CONSTRAINT pk_chat_guests PRIMARY KEY (channel_id, telegram_id),"
        " CONSTRAINT fk_chat_guests_channel_id FOREIGN KEY (channel_id)"
        " REFERENCES telegram_channels (id) ON DELETE CASCADE)"
    )
    op.execute("ALTER TABLE seen_chats ADD COLUMN unnamed INTEGER, ADD COLUMN counted_at TIMESTAMP WITH TIME ZONE")
    op.execute(
        "INSERT INTO chat_guests SELECT telegram_channels.id, CAST(guest AS bigint), now() FROM variables"
        " CROSS JOIN unnest(string_to_array(nullif(variables.value, ''), ',')) AS guest"
        " JOIN resources ON resources.entry = 'ritual' JOIN telegram_channels"
        " ON telegram_channels.resource_id = resources.id AND telegram_channels.status <> 'deleted'"
        " WHERE variables.name = 'vip_guests' ON CONFLICT DO NOTHING"
    )
    op.execute("DELETE FROM variables WHERE name = 'vip_guests'")


def downgrade() -> None:
    op.execute("ALTER TABLE seen_chats DROP COLUMN unnamed, DROP COLUMN counted_at")
    op.execute("DROP TABLE chat_guests")
