"""Create the table of the customers' accounts at the payment providers."""

from alembic import op

revision = "006_create_payment_accounts"
down_revision = "005_create_plan_payment_prices"

_STATEMENTS = (
    """
    CREATE TABLE payment_accounts (
        customer_id UUID NOT NULL,
        provider TEXT NOT NULL,
        external_customer_id TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_payment_accounts PRIMARY KEY (customer_id, provider),
        CONSTRAINT one_customer_per_payment_account UNIQUE (provider, external_customer_id),
        CONSTRAINT fk_payment_accounts_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE payment_accounts")
