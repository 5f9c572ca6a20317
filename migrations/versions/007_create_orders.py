"""Create the tables of orders and their checkout attempts."""

from alembic import op

revision = "007_create_orders"
down_revision = "006_create_payment_accounts"

STATEMENTS = (
    """
    CREATE TABLE orders (
        id UUID NOT NULL,
        customer_id UUID NOT NULL,
        plan_id UUID NOT NULL,
        status TEXT NOT NULL,
        price_minor BIGINT NOT NULL,
        price_currency CHAR(3) NOT NULL,
        recurring BOOLEAN NOT NULL,
        interval TEXT,
        interval_count INTEGER NOT NULL,
        duration_days INTEGER,
        trial_days INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        paid_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_orders PRIMARY KEY (id),
        CONSTRAINT ck_orders_status_known CHECK (status IN ('open', 'paid', 'expired', 'canceled')),
        CONSTRAINT ck_orders_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT ck_orders_interval_known CHECK (interval IN ('day', 'week', 'month', 'year')),
        CONSTRAINT fk_orders_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
        CONSTRAINT fk_orders_plan_id FOREIGN KEY(plan_id) REFERENCES service_plans (id)
    )
    """,
    "CREATE INDEX ix_orders_due ON orders (expires_at) WHERE status = 'open'",
    "CREATE INDEX ix_orders_plan_id ON orders (plan_id)",
    """
    CREATE UNIQUE INDEX one_open_order_per_customer_and_plan
        ON orders (customer_id, plan_id)
        WHERE status = 'open'
    """,
    """
    CREATE TABLE checkout_attempts (
        order_id UUID NOT NULL,
        number INTEGER NOT NULL,
        provider TEXT NOT NULL,
        status TEXT NOT NULL,
        session_ref TEXT,
        url TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_checkout_attempts PRIMARY KEY (order_id, number),
        CONSTRAINT ck_checkout_attempts_status_known CHECK (status IN ('creating', 'open', 'closed')),
        CONSTRAINT one_attempt_per_checkout_session UNIQUE (provider, session_ref),
        CONSTRAINT ck_checkout_attempts_number_from_one CHECK (number >= 1),
        CONSTRAINT fk_checkout_attempts_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    ALTER TABLE subscriptions ADD CONSTRAINT fk_subscriptions_order_id
        FOREIGN KEY (order_id) REFERENCES orders (id)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP CONSTRAINT fk_subscriptions_order_id")
    op.execute("DROP TABLE checkout_attempts")
    op.execute("DROP TABLE orders")
