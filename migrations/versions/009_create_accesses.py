"""Create the table of rights of access to channels."""

from alembic import op

revision = "009_create_accesses"
down_revision = "008_create_payments"

STATEMENTS = (
    """
    CREATE TABLE accesses (
        id UUID NOT NULL,
        customer_id UUID NOT NULL,
        channel_id UUID NOT NULL,
        status TEXT NOT NULL,
        ends_at TIMESTAMP WITH TIME ZONE,
        joined_at TIMESTAMP WITH TIME ZONE,
        reason TEXT,
        next_invite_id UUID,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_accesses PRIMARY KEY (id),
        CONSTRAINT ck_accesses_status_known
            CHECK (status IN ('pending', 'invited', 'active', 'suspended', 'revoking', 'revoked', 'action_required',
                              'failed')),
        CONSTRAINT one_access_per_customer_and_channel UNIQUE (customer_id, channel_id),
        CONSTRAINT fk_accesses_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
        CONSTRAINT fk_accesses_channel_id FOREIGN KEY(channel_id) REFERENCES telegram_channels (id)
    )
    """,
    "CREATE INDEX ix_accesses_channel_id ON accesses (channel_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE accesses")
