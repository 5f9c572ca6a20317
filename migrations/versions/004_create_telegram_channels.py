"""Create the tables of channels and invite links; the accounts that own channels follow in 010."""

from alembic import op

revision = "004_create_telegram_channels"
down_revision = "003_create_subscriptions"

STATEMENTS = (
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
        CONSTRAINT pk_telegram_channels PRIMARY KEY (id),
        CONSTRAINT ck_telegram_channels_kind_known CHECK (kind IN ('personal', 'vip')),
        CONSTRAINT ck_telegram_channels_status_known
            CHECK (status IN ('planned', 'creating', 'created', 'ready', 'frozen', 'deleted')),
        CONSTRAINT one_channel_per_subscription UNIQUE (subscription_id),
        CONSTRAINT one_channel_per_marker UNIQUE (marker),
        CONSTRAINT one_row_per_telegram_channel UNIQUE (channel_id),
        CONSTRAINT ck_telegram_channels_personal_has_customer CHECK (kind <> 'personal' OR customer_id IS NOT NULL),
        CONSTRAINT fk_telegram_channels_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
        CONSTRAINT fk_telegram_channels_plan_id FOREIGN KEY(plan_id) REFERENCES service_plans (id),
        CONSTRAINT fk_telegram_channels_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id)
    )
    """,
    "CREATE INDEX ix_telegram_channels_account_id ON telegram_channels (account_id)",
    "CREATE INDEX ix_telegram_channels_plan_id ON telegram_channels (plan_id)",
    """
    CREATE UNIQUE INDEX one_personal_channel_per_customer_and_plan
        ON telegram_channels (customer_id, plan_id)
        WHERE kind = 'personal' AND status <> 'deleted'
    """,
    """
    CREATE TABLE channel_invites (
        id UUID NOT NULL,
        channel_id UUID NOT NULL,
        customer_id UUID NOT NULL,
        url TEXT NOT NULL,
        creator TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        revoked_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_channel_invites PRIMARY KEY (id),
        CONSTRAINT ck_channel_invites_status_known CHECK (status IN ('live', 'revoked')),
        CONSTRAINT fk_channel_invites_channel_id FOREIGN KEY(channel_id) REFERENCES telegram_channels (id),
        CONSTRAINT fk_channel_invites_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
    )
    """,
    "CREATE INDEX ix_channel_invites_live ON channel_invites (channel_id) WHERE status = 'live'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE channel_invites")
    op.execute("DROP TABLE telegram_channels")
