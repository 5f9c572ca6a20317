"""Create the table of payment methods, which staff orders and enables; settings only decide which are possible."""

from alembic import op

revision = "027_create_payment_methods"
down_revision = "026_add_unpaid_index"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE payment_methods (
            provider TEXT NOT NULL,
            enabled BOOLEAN NOT NULL,
            position INTEGER NOT NULL,
            changed_by BIGINT,
            changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT pk_payment_methods PRIMARY KEY (provider)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE payment_methods")
