"""Create the table of customers, one per Telegram user."""

from alembic import op

revision = "001_create_customers"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE customers (
        id UUID NOT NULL,
        telegram_id BIGINT NOT NULL,
        first_name TEXT NOT NULL,
        username TEXT,
        language TEXT NOT NULL,
        staff_role TEXT,
        terms_version TEXT,
        terms_accepted_at TIMESTAMP WITH TIME ZONE,
        blocked_at TIMESTAMP WITH TIME ZONE,
        source TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_customers PRIMARY KEY (id),
        CONSTRAINT ck_customers_staff_role_known CHECK (staff_role IN ('support', 'manager', 'owner')),
        CONSTRAINT one_customer_per_telegram_user UNIQUE (telegram_id)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE customers")
