"""Create the table of channels and groups."""

from alembic import op

revision = "004_create_telegram_channels"
down_revision = "003_create_subscriptions"

_STATEMENTS = (
    """
    CREATE TABLE telegram_channels (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        status TEXT NOT NULL,
        customer_id UUID,
        plan_id UUID,
        subscription_id UUID,
        account_id INTEGER,
        channel_id BIGINT,
        access_hash BIGINT,
        invite_link TEXT,
        title TEXT NOT NULL,
        marker TEXT NOT NULL,
        create_started_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ready_at TIMESTAMP WITH TIME ZONE,
        delete_at TIMESTAMP WITH TIME ZONE,
        renamed_at TIMESTAMP WITH TIME ZONE,
        adopted_at TIMESTAMP WITH TIME ZONE,
        replaces UUID,
        looked_at TIMESTAMP WITH TIME ZONE,
        resource_id UUID,
        CONSTRAINT pk_telegram_channels PRIMARY KEY (id),
        CONSTRAINT ck_telegram_channels_kind_known CHECK (kind IN ('personal', 'vip', 'shared', 'group')),
        CONSTRAINT ck_telegram_channels_status_known CHECK (status IN ('planned', 'creating', 'created', 'ready',
            'frozen', 'deleted')),
        CONSTRAINT one_channel_per_subscription UNIQUE (subscription_id),
        CONSTRAINT one_channel_per_marker UNIQUE (marker),
        CONSTRAINT one_row_per_telegram_channel UNIQUE (channel_id),
        CONSTRAINT ck_telegram_channels_personal_has_customer_or_is_stock CHECK (kind <> 'personal' OR customer_id
            IS NOT NULL OR (plan_id IS NULL AND subscription_id IS NULL)),
        CONSTRAINT fk_telegram_channels_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),
        CONSTRAINT fk_telegram_channels_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id),
        CONSTRAINT fk_telegram_channels_subscription_id FOREIGN KEY (subscription_id) REFERENCES subscriptions (id),
        CONSTRAINT fk_telegram_channels_replaces FOREIGN KEY (replaces) REFERENCES telegram_channels (id)
    ) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.01)
    """,
    "CREATE INDEX ix_telegram_channels_account_id ON telegram_channels (account_id)",
    "CREATE INDEX ix_telegram_channels_created_at ON telegram_channels (created_at, id)",
    "CREATE INDEX ix_telegram_channels_customer_id ON telegram_channels (customer_id)",
    "CREATE INDEX ix_telegram_channels_delete_at ON telegram_channels (delete_at) WHERE delete_at IS NOT NULL",
    "CREATE INDEX ix_telegram_channels_plan_id ON telegram_channels (plan_id)",
    """
    CREATE INDEX ix_telegram_channels_stock ON telegram_channels (created_at) WHERE kind = 'personal' AND
        customer_id IS NULL AND status <> 'deleted'
    """,
    """
    CREATE INDEX ix_telegram_channels_title ON telegram_channels USING gin (title gin_trgm_ops) WHERE customer_id IS
        NOT NULL
    """,
    """
    CREATE UNIQUE INDEX one_personal_channel_per_customer_and_plan ON telegram_channels (customer_id, plan_id) WHERE
        kind = 'personal' AND status <> 'deleted'
    """,
    "CREATE UNIQUE INDEX one_place_per_resource ON telegram_channels (resource_id) WHERE status <> 'deleted'",
    "CREATE UNIQUE INDEX one_vip_channel ON telegram_channels (kind) WHERE kind = 'vip' AND status <> 'deleted'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE telegram_channels")
