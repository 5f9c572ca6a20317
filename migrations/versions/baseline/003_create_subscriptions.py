"""Create the table of subscriptions."""

from alembic import op

revision = "003_create_subscriptions"
down_revision = "002_create_service_plans"

_STATEMENTS = (
    """
    CREATE TABLE subscriptions (
        id UUID NOT NULL,
        customer_id UUID NOT NULL,
        plan_id UUID NOT NULL,
        order_id UUID,
        status TEXT NOT NULL,
        provider TEXT,
        provider_ref TEXT,
        price_minor BIGINT NOT NULL,
        price_currency CHAR(3) NOT NULL,
        current_period_start TIMESTAMP WITH TIME ZONE,
        current_period_end TIMESTAMP WITH TIME ZONE,
        access_until TIMESTAMP WITH TIME ZONE,
        cancel_at_period_end BOOLEAN NOT NULL,
        canceled_at TIMESTAMP WITH TIME ZONE,
        cancel_reason TEXT,
        ended_at TIMESTAMP WITH TIME ZONE,
        end_reason TEXT,
        synced_at TIMESTAMP WITH TIME ZONE,
        next_check_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        paused_for TEXT,
        next_reminder_at TIMESTAMP WITH TIME ZONE,
        price_ref TEXT,
        next_plan_id UUID,
        next_plan_at TIMESTAMP WITH TIME ZONE,
        owed_since TIMESTAMP WITH TIME ZONE,
        next_ask_at TIMESTAMP WITH TIME ZONE,
        pause_until TIMESTAMP WITH TIME ZONE,
        interval TEXT,
        interval_count INTEGER,
        canceled_from TEXT,
        charge_moved_to TIMESTAMP WITH TIME ZONE,
        withheld_since TIMESTAMP WITH TIME ZONE,
        next_price_minor BIGINT,
        next_price_currency CHAR(3),
        cancel_at TIMESTAMP WITH TIME ZONE,
        upcoming_at TIMESTAMP WITH TIME ZONE,
        upcoming_amount_minor BIGINT,
        upcoming_amount_currency CHAR(3),
        upcoming_learned_at TIMESTAMP WITH TIME ZONE,
        billing_stopped_at TIMESTAMP WITH TIME ZONE,
        paused_seen_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_subscriptions PRIMARY KEY (id),
        CONSTRAINT ck_subscriptions_status_known CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due',
            'paused', 'canceled', 'expired')),
        CONSTRAINT ck_subscriptions_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT ck_subscriptions_next_price_whole CHECK ((next_price_minor IS NULL) = (next_price_currency IS
            NULL)),
        CONSTRAINT ck_subscriptions_next_price_not_negative CHECK (next_price_minor >= 0),
        CONSTRAINT ck_subscriptions_interval_known CHECK (interval IN ('day', 'week', 'month', 'year')),
        CONSTRAINT ck_subscriptions_canceled_from_known CHECK (canceled_from IN ('incomplete', 'trialing', 'active',
            'past_due', 'paused', 'canceled', 'expired')),
        CONSTRAINT ck_subscriptions_upcoming_amount_whole CHECK ((upcoming_amount_minor IS NULL) =
            (upcoming_amount_currency IS NULL)),
        CONSTRAINT ck_subscriptions_upcoming_amount_not_negative CHECK (upcoming_amount_minor >= 0),
        CONSTRAINT one_subscription_per_provider_ref UNIQUE (provider, provider_ref),
        CONSTRAINT fk_subscriptions_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),
        CONSTRAINT fk_subscriptions_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id),
        CONSTRAINT fk_subscriptions_next_plan_id FOREIGN KEY (next_plan_id) REFERENCES service_plans (id) ON DELETE
            SET NULL
    ) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.01)
    """,
    """
    CREATE INDEX ix_subscriptions_ask ON subscriptions (provider, next_ask_at NULLS FIRST) WHERE status IN
        ('trialing', 'active', 'past_due', 'paused', 'canceled')
    """,
    "CREATE INDEX ix_subscriptions_created_at ON subscriptions (created_at, id)",
    "CREATE INDEX ix_subscriptions_customer_id ON subscriptions (customer_id)",
    """
    CREATE INDEX ix_subscriptions_due ON subscriptions (access_until) WHERE status IN ('trialing', 'active',
        'past_due', 'paused', 'canceled')
    """,
    "CREATE INDEX ix_subscriptions_ended_at ON subscriptions (ended_at) WHERE ended_at IS NOT NULL",
    "CREATE INDEX ix_subscriptions_order_id ON subscriptions (order_id)",
    "CREATE INDEX ix_subscriptions_plan_id ON subscriptions (plan_id)",
    "CREATE INDEX ix_subscriptions_reminder ON subscriptions (next_reminder_at NULLS FIRST)",
    "CREATE INDEX ix_subscriptions_unpaid ON subscriptions (next_check_at) WHERE status = 'past_due'",
    """
    CREATE UNIQUE INDEX one_live_subscription_per_customer_and_plan ON subscriptions (customer_id, plan_id) WHERE
        status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE subscriptions")
