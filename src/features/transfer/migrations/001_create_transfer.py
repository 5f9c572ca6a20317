"""Create the table of customers' second accounts."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_transfer"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE second_accounts (
        customer_id UUID NOT NULL,
        telegram_id BIGINT,
        code TEXT,
        offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
        proved_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_second_accounts PRIMARY KEY (customer_id),
        CONSTRAINT one_customer_per_second_account UNIQUE (telegram_id),
        CONSTRAINT one_account_per_code UNIQUE (code),
        CONSTRAINT fk_second_accounts_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("second_accounts"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE second_accounts")
