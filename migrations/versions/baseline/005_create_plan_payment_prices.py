"""Create the table of a plan's prices at the payment providers."""

from alembic import op

revision = "005_create_plan_payment_prices"
down_revision = "004_create_telegram_channels"

_STATEMENTS = (
    """
    CREATE TABLE plan_payment_prices (
        plan_id UUID NOT NULL,
        provider TEXT NOT NULL,
        external_price_id TEXT,
        price_minor BIGINT,
        price_currency CHAR(3),
        CONSTRAINT pk_plan_payment_prices PRIMARY KEY (plan_id, provider),
        CONSTRAINT ck_plan_payment_prices_price_whole CHECK ((price_minor IS NULL) = (price_currency IS NULL)),
        CONSTRAINT ck_plan_payment_prices_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT fk_plan_payment_prices_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE
            CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE plan_payment_prices")
