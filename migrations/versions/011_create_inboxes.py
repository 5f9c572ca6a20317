"""Create the inboxes of verified payment events and Telegram updates, each stored once."""

from alembic import op

revision = "011_create_inboxes"
down_revision = "010_create_userbot_accounts"

STATEMENTS = (
    """
    CREATE TABLE webhook_inbox (
        id UUID NOT NULL,
        provider TEXT NOT NULL,
        event_key TEXT NOT NULL,
        event JSONB NOT NULL,
        body BYTEA NOT NULL,
        status TEXT NOT NULL,
        note TEXT,
        attempts INTEGER NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        handled_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_webhook_inbox PRIMARY KEY (id),
        CONSTRAINT ck_webhook_inbox_status_known CHECK (status IN ('pending', 'applied', 'ignored', 'parked')),
        CONSTRAINT one_inbox_row_per_provider_event UNIQUE (provider, event_key)
    )
    """,
    "CREATE INDEX ix_webhook_inbox_pending ON webhook_inbox (received_at) WHERE status = 'pending'",
    """
    CREATE TABLE bot_updates (
        bot_id BIGINT NOT NULL,
        update_id BIGINT NOT NULL,
        chat_key BIGINT NOT NULL,
        payload JSONB NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        attempts INTEGER NOT NULL,
        done_at TIMESTAMP WITH TIME ZONE,
        failed TEXT,
        CONSTRAINT pk_bot_updates PRIMARY KEY (bot_id, update_id)
    )
    """,
    "CREATE INDEX ix_bot_updates_open ON bot_updates (bot_id, chat_key, update_id) WHERE done_at IS NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE bot_updates")
    op.execute("DROP TABLE webhook_inbox")
