"""Create withdrawals from contracts, at most one per order."""

from alembic import op

revision = "085_keep_withdrawals"
down_revision = "084_guard_queue_and_keys"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE withdrawals (id UUID NOT NULL, order_id UUID NOT NULL, customer_id UUID NOT NULL,"
        " plan_name TEXT NOT NULL, name TEXT NOT NULL, contract_at TIMESTAMPTZ NOT NULL,"
        " declared_at TIMESTAMPTZ NOT NULL, amount_minor BIGINT, amount_currency CHAR(3), kept_minor BIGINT,"
        " kept_currency CHAR(3), automatic BOOLEAN NOT NULL, refund_due TIMESTAMPTZ NOT NULL, asked_by TEXT,"
        " CONSTRAINT pk_withdrawals PRIMARY KEY (id),"
        " CONSTRAINT one_withdrawal_per_order UNIQUE (order_id),"
        " CONSTRAINT ck_withdrawals_amount_whole CHECK ((amount_minor IS NULL) = (amount_currency IS NULL)),"
        " CONSTRAINT ck_withdrawals_amount_not_negative CHECK (amount_minor >= 0),"
        " CONSTRAINT ck_withdrawals_kept_whole CHECK ((kept_minor IS NULL) = (kept_currency IS NULL)),"
        " CONSTRAINT ck_withdrawals_kept_not_negative CHECK (kept_minor >= 0),"
        " CONSTRAINT fk_withdrawals_order_id FOREIGN KEY (order_id) REFERENCES orders (id),"
        " CONSTRAINT fk_withdrawals_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_withdrawals_customer_id ON withdrawals (customer_id)")


def downgrade() -> None:
    op.execute("DROP TABLE withdrawals")
