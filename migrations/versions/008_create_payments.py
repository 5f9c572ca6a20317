"""Create the tables of payments and of the access ledger."""

from alembic import op

revision = "008_create_payments"
down_revision = "007_create_orders"

STATEMENTS = (
    """
    CREATE TABLE payments (
        id UUID NOT NULL,
        provider TEXT NOT NULL,
        payment_key TEXT NOT NULL,
        customer_id UUID NOT NULL,
        order_id UUID NOT NULL,
        subscription_id UUID,
        amount_minor BIGINT NOT NULL,
        amount_currency CHAR(3) NOT NULL,
        status TEXT NOT NULL,
        flag TEXT,
        is_renewal BOOLEAN NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_payments PRIMARY KEY (id),
        CONSTRAINT ck_payments_status_known CHECK (status IN ('captured', 'flagged', 'refunded')),
        CONSTRAINT ck_payments_flag_known
            CHECK (flag IN ('amount_mismatch', 'customer_mismatch', 'second_capture', 'subscription_over')),
        CONSTRAINT one_payment_per_provider_key UNIQUE (provider, payment_key),
        CONSTRAINT fk_payments_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
        CONSTRAINT fk_payments_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_payments_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id)
    )
    """,
    "CREATE INDEX ix_payments_customer_id ON payments (customer_id)",
    "CREATE INDEX ix_payments_order_id ON payments (order_id)",
    """
    CREATE TABLE ledger_entries (
        id BIGSERIAL NOT NULL,
        subscription_id UUID NOT NULL,
        kind TEXT NOT NULL,
        source_key TEXT NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        length INTERVAL NOT NULL,
        payment_id UUID,
        note TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_ledger_entries PRIMARY KEY (id),
        CONSTRAINT ck_ledger_entries_kind_known
            CHECK (kind IN ('payment', 'token', 'trial', 'admin_grant', 'promotion', 'refund', 'dispute')),
        CONSTRAINT one_ledger_entry_per_cause UNIQUE (subscription_id, kind, source_key),
        CONSTRAINT fk_ledger_entries_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id),
        CONSTRAINT fk_ledger_entries_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE ledger_entries")
    op.execute("DROP TABLE payments")
