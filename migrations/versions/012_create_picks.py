"""Create the tables of posts and their deliveries."""

from alembic import op

revision = "012_create_picks"
down_revision = "011_create_inboxes"

STATEMENTS = (
    """
    CREATE TABLE picks (
        id UUID NOT NULL,
        key TEXT NOT NULL,
        plan_id UUID NOT NULL,
        content JSONB NOT NULL,
        status TEXT NOT NULL,
        revision INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_picks PRIMARY KEY (id),
        CONSTRAINT ck_picks_status_known CHECK (status IN ('accepted', 'withdrawn')),
        CONSTRAINT one_pick_per_key UNIQUE (key),
        CONSTRAINT ck_picks_revision_from_one CHECK (revision >= 1),
        CONSTRAINT fk_picks_plan_id FOREIGN KEY(plan_id) REFERENCES service_plans (id)
    )
    """,
    "CREATE INDEX ix_picks_plan_id ON picks (plan_id)",
    """
    CREATE TABLE pick_deliveries (
        id UUID NOT NULL,
        pick_id UUID NOT NULL,
        channel_id UUID NOT NULL,
        chat_id BIGINT NOT NULL,
        bot TEXT,
        message_id BIGINT,
        revision INTEGER NOT NULL,
        sending_since TIMESTAMP WITH TIME ZONE,
        repeated INTEGER NOT NULL,
        failed TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_pick_deliveries PRIMARY KEY (id),
        CONSTRAINT one_delivery_per_pick_and_channel UNIQUE (pick_id, channel_id),
        CONSTRAINT fk_pick_deliveries_pick_id FOREIGN KEY(pick_id) REFERENCES picks (id),
        CONSTRAINT fk_pick_deliveries_channel_id FOREIGN KEY(channel_id) REFERENCES telegram_channels (id)
    )
    """,
    "CREATE INDEX ix_pick_deliveries_channel_id ON pick_deliveries (channel_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE pick_deliveries")
    op.execute("DROP TABLE picks")
