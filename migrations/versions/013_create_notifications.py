"""Create the table of messages to customers."""

from alembic import op

revision = "013_create_notifications"
down_revision = "012_create_picks"

STATEMENTS = (
    """
    CREATE TABLE notifications (
        id UUID NOT NULL,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        recipient BIGINT NOT NULL,
        language TEXT NOT NULL,
        params JSONB NOT NULL,
        message_id BIGINT,
        sending_since TIMESTAMP WITH TIME ZONE,
        repeated INTEGER NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE,
        failed TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_notifications PRIMARY KEY (id),
        CONSTRAINT one_notification_per_key UNIQUE (key)
    )
    """,
    "CREATE INDEX ix_notifications_owed ON notifications (created_at) WHERE sent_at IS NULL AND failed IS NULL",
    "CREATE INDEX ix_notifications_recipient ON notifications (recipient)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE notifications")
