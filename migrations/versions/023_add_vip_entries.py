"""Add activation tokens, the VIP channel's entry ritual, and versions of plans for concurrent edits."""

from alembic import op

revision = "023_add_vip_entries"
down_revision = "022_add_plan_changes"

STATEMENTS = (
    """
    ALTER TABLE service_plans
        ADD COLUMN honours_tokens BOOLEAN NOT NULL DEFAULT true,
        ADD COLUMN version INTEGER NOT NULL DEFAULT 1,
        ADD COLUMN updated_at TIMESTAMP WITH TIME ZONE,
        ADD COLUMN updated_by BIGINT
    """,
    "CREATE UNIQUE INDEX one_vip_channel ON telegram_channels (kind) WHERE kind = 'vip' AND status <> 'deleted'",
    "CREATE INDEX ix_channel_invites_customer_id ON channel_invites (customer_id) WHERE status = 'live'",
    """
    CREATE TABLE activation_tokens (
        id UUID NOT NULL,
        token TEXT NOT NULL,
        plan_id UUID NOT NULL,
        price_minor BIGINT NOT NULL,
        price_currency CHAR(3) NOT NULL,
        duration_days INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        created_by BIGINT,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        note TEXT NOT NULL,
        campaign TEXT NOT NULL,
        batch UUID,
        opened INTEGER NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE,
        used_at TIMESTAMP WITH TIME ZONE,
        used_by UUID,
        subscription_id UUID,
        joined_at TIMESTAMP WITH TIME ZONE,
        revoked_at TIMESTAMP WITH TIME ZONE,
        revoked_by BIGINT,
        CONSTRAINT pk_activation_tokens PRIMARY KEY (id),
        CONSTRAINT one_row_per_activation_token UNIQUE (token),
        CONSTRAINT ck_activation_tokens_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT ck_activation_tokens_token_is_sixteen_characters CHECK (token ~ '^[A-Z0-9]{16}$'),
        CONSTRAINT ck_activation_tokens_gives_time CHECK (duration_days >= 1),
        CONSTRAINT ck_activation_tokens_used_by_somebody CHECK ((used_at IS NULL) = (used_by IS NULL)),
        CONSTRAINT ck_activation_tokens_used_or_revoked CHECK (used_at IS NULL OR revoked_at IS NULL),
        CONSTRAINT fk_activation_tokens_plan_id FOREIGN KEY(plan_id) REFERENCES service_plans (id),
        CONSTRAINT fk_activation_tokens_used_by FOREIGN KEY(used_by) REFERENCES customers (id),
        CONSTRAINT fk_activation_tokens_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id)
    )
    """,
    "CREATE INDEX ix_activation_tokens_plan_id ON activation_tokens (plan_id, created_at)",
    "CREATE INDEX ix_activation_tokens_created_at ON activation_tokens (created_at)",
    "CREATE INDEX ix_activation_tokens_batch ON activation_tokens (batch) WHERE batch IS NOT NULL",
    "CREATE INDEX ix_activation_tokens_used_by ON activation_tokens (used_by) WHERE used_by IS NOT NULL",
    """
    CREATE TABLE vip_entries (
        customer_id UUID NOT NULL,
        vip_entry_stage INTEGER DEFAULT 1,
        vip_entry_token VARCHAR(64),
        invite_link_sent_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_vip_entries PRIMARY KEY (customer_id),
        CONSTRAINT fk_vip_entries_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
        CONSTRAINT one_entry_per_vip_entry_token UNIQUE (vip_entry_token),
        CONSTRAINT ck_vip_entries_vip_entry_stage_known CHECK (vip_entry_stage IN (1, 2, 3))
    )
    """,
    "CREATE INDEX idx_vip_entry_stage ON vip_entries (vip_entry_stage)",
    # Customers with live VIP access at the time of the upgrade have completed the ritual.
    """
    INSERT INTO vip_entries (customer_id, vip_entry_stage, created_at)
    SELECT DISTINCT subscriptions.customer_id, CAST(NULL AS INTEGER), now()
    FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
    WHERE service_plans.access = 'vip_channel'
        AND subscriptions.status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')
    """,
    """
    INSERT INTO vip_entries (customer_id, vip_entry_stage, created_at)
    SELECT accesses.customer_id, CAST(NULL AS INTEGER), now()
    FROM accesses JOIN telegram_channels ON telegram_channels.id = accesses.channel_id
    WHERE telegram_channels.kind = 'vip' AND accesses.status NOT IN ('suspended', 'revoking', 'revoked')
    ON CONFLICT DO NOTHING
    """,
)

UNDO = (
    "DROP TABLE vip_entries",
    "DROP TABLE activation_tokens",
    "DROP INDEX ix_channel_invites_customer_id",
    "DROP INDEX one_vip_channel",
    """
    ALTER TABLE service_plans
        DROP COLUMN honours_tokens, DROP COLUMN version, DROP COLUMN updated_at, DROP COLUMN updated_by
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in UNDO:
        op.execute(statement)
