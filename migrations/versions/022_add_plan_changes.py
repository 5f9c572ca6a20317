"""Add plan changes, refunds in progress, and status cards that offer a checkout."""

from alembic import op

revision = "022_add_plan_changes"
down_revision = "021_add_sweeps"

STATEMENTS = (
    "ALTER TABLE payments ADD COLUMN returning_since TIMESTAMP WITH TIME ZONE",
    """
    CREATE TABLE status_cards (
        order_id UUID NOT NULL,
        message_id BIGINT NOT NULL,
        CONSTRAINT pk_status_cards PRIMARY KEY (order_id, message_id),
        CONSTRAINT fk_status_cards_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    "ALTER TABLE subscriptions ADD COLUMN price_ref TEXT",
    "ALTER TABLE subscriptions ADD COLUMN next_plan_id UUID",
    "ALTER TABLE subscriptions ADD COLUMN next_plan_at TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE subscriptions ADD CONSTRAINT fk_subscriptions_next_plan_id"
    " FOREIGN KEY(next_plan_id) REFERENCES service_plans (id) ON DELETE SET NULL",
    """
    CREATE TABLE plan_changes (
        id UUID NOT NULL,
        subscription_id UUID NOT NULL,
        from_plan_id UUID NOT NULL,
        to_plan_id UUID NOT NULL,
        old_price_minor BIGINT NOT NULL,
        old_price_currency CHAR(3) NOT NULL,
        new_price_minor BIGINT NOT NULL,
        new_price_currency CHAR(3) NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_plan_changes PRIMARY KEY (id),
        CONSTRAINT ck_plan_changes_old_price_not_negative CHECK (old_price_minor >= 0),
        CONSTRAINT ck_plan_changes_new_price_not_negative CHECK (new_price_minor >= 0),
        CONSTRAINT one_plan_change_at_a_time UNIQUE (subscription_id, changed_at),
        CONSTRAINT fk_plan_changes_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id),
        CONSTRAINT fk_plan_changes_from_plan_id FOREIGN KEY(from_plan_id) REFERENCES service_plans (id),
        CONSTRAINT fk_plan_changes_to_plan_id FOREIGN KEY(to_plan_id) REFERENCES service_plans (id)
    )
    """,
    "ALTER TABLE telegram_channels ADD COLUMN renamed_at TIMESTAMP WITH TIME ZONE",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE telegram_channels DROP COLUMN renamed_at")
    op.execute("DROP TABLE plan_changes")
    for column in ("next_plan_at", "next_plan_id", "price_ref"):
        op.execute(f"ALTER TABLE subscriptions DROP COLUMN {column}")
    op.execute("DROP TABLE status_cards")
    op.execute("ALTER TABLE payments DROP COLUMN returning_since")
