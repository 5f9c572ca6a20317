"""Create second Telegram accounts of customers, and account transfers."""

from alembic import op

revision = "126_keep_second_accounts"
down_revision = "123_keep_questions"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE second_accounts (customer_id uuid NOT NULL, telegram_id bigint, code text,"
        " offered_at timestamptz NOT NULL, proved_at timestamptz,"
        " CONSTRAINT pk_second_accounts PRIMARY KEY (customer_id),"
        " CONSTRAINT fk_second_accounts_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),"
        " CONSTRAINT one_customer_per_second_account UNIQUE (telegram_id),"
        " CONSTRAINT one_account_per_code UNIQUE (code))"
    )
    op.execute(
        "CREATE TABLE takeovers (id uuid NOT NULL, customer_id uuid NOT NULL, from_account bigint NOT NULL,"
        " to_account bigint NOT NULL, status text NOT NULL, asked_by text NOT NULL, agreed_by text,"
        " asked_at timestamptz NOT NULL, due_at timestamptz, closed_at timestamptz,"
        " CONSTRAINT pk_takeovers PRIMARY KEY (id),"
        " CONSTRAINT fk_takeovers_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),"
        " CONSTRAINT ck_takeovers_status_known"
        " CHECK (status IN ('proposed', 'waiting', 'done', 'objected', 'dropped')))"
    )
    for name, column in (("customer", "customer_id"), ("account", "to_account")):
        op.execute(
            f"CREATE UNIQUE INDEX one_open_takeover_per_{name} ON takeovers ({column})"
            " WHERE status IN ('proposed', 'waiting')"
        )
    op.execute("CREATE INDEX ix_takeovers_customer_id ON takeovers (customer_id)")
    op.execute("CREATE INDEX ix_takeovers_from_account ON takeovers (from_account)")
    op.execute("CREATE INDEX ix_takeovers_to_account ON takeovers (to_account)")
    op.execute("CREATE INDEX ix_takeovers_due_at ON takeovers (due_at) WHERE status = 'waiting'")


def downgrade() -> None:
    op.execute("DROP TABLE takeovers")
    op.execute("DROP TABLE second_accounts")
