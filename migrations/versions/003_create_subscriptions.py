"""Create the table of subscriptions; the orders that they reference follow in 007."""

from alembic import op

revision = "003_create_subscriptions"
down_revision = "002_create_service_plans"

STATEMENTS = (
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
        CONSTRAINT pk_subscriptions PRIMARY KEY (id),
        CONSTRAINT ck_subscriptions_status_known
            CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled', 'expired')),
        CONSTRAINT ck_subscriptions_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT one_subscription_per_provider_ref UNIQUE (provider, provider_ref),
        CONSTRAINT fk_subscriptions_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
        CONSTRAINT fk_subscriptions_plan_id FOREIGN KEY(plan_id) REFERENCES service_plans (id)
    )
    """,
    "CREATE INDEX ix_subscriptions_customer_id ON subscriptions (customer_id)",
    """
    CREATE INDEX ix_subscriptions_due
        ON subscriptions (access_until)
        WHERE status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')
    """,
    "CREATE INDEX ix_subscriptions_order_id ON subscriptions (order_id)",
    "CREATE INDEX ix_subscriptions_plan_id ON subscriptions (plan_id)",
    """
    CREATE UNIQUE INDEX one_live_subscription_per_customer_and_plan
        ON subscriptions (customer_id, plan_id)
        WHERE status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE subscriptions")
