"""Create the table of plans' price objects at each provider."""

from alembic import op

revision = "005_create_plan_payment_prices"
down_revision = "004_create_telegram_channels"

STATEMENTS = (
    """
    CREATE TABLE plan_payment_prices (
        plan_id UUID NOT NULL,
        provider TEXT NOT NULL,
        external_price_id TEXT NOT NULL,
        CONSTRAINT pk_plan_payment_prices PRIMARY KEY (plan_id, provider),
        CONSTRAINT fk_plan_payment_prices_plan_id FOREIGN KEY(plan_id) REFERENCES service_plans (id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE plan_payment_prices")
