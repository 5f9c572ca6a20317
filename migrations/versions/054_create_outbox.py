"""Create endpoints for outgoing webhooks, and their events."""

from alembic import op

revision = "054_create_outbox"
down_revision = "053_find_news"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE receivers (
            id UUID NOT NULL,
            name TEXT NOT NULL,
            url TEXT NOT NULL,
            kinds TEXT,
            secret TEXT NOT NULL,
            old_secret TEXT,
            old_until TIMESTAMP WITH TIME ZONE,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            failures INTEGER NOT NULL,
            failing_since TIMESTAMP WITH TIME ZONE,
            rests_until TIMESTAMP WITH TIME ZONE,
            off_since TIMESTAMP WITH TIME ZONE,
            off_reason TEXT,
            CONSTRAINT pk_receivers PRIMARY KEY (id),
            CONSTRAINT one_receiver_per_name UNIQUE (name)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE outgoing_events (
            id UUID NOT NULL,
            receiver_id UUID NOT NULL,
            kind TEXT NOT NULL,
            customer_id UUID,
            payment_id UUID,
            refund_id UUID,
            subscription_id UUID,
            facts JSONB NOT NULL,
            happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
            body TEXT,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
            next_at TIMESTAMP WITH TIME ZONE NOT NULL,
            answer TEXT,
            done_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT pk_outgoing_events PRIMARY KEY (id),
            CONSTRAINT fk_outgoing_events_receiver_id FOREIGN KEY(receiver_id)
                REFERENCES receivers (id) ON DELETE CASCADE,
            CONSTRAINT fk_outgoing_events_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
            CONSTRAINT ck_outgoing_events_state_known CHECK (state IN ('waiting', 'told', 'given_up'))
        )
        """
    )
    op.execute(
        "CREATE INDEX ix_outgoing_events_waiting ON outgoing_events (receiver_id, next_at) WHERE state = 'waiting'"
    )
    op.execute("CREATE INDEX ix_outgoing_events_done ON outgoing_events (done_at)")
    op.execute("CREATE INDEX ix_outgoing_events_receiver ON outgoing_events (receiver_id, happened_at)")
    op.execute("CREATE INDEX ix_outgoing_events_customer_id ON outgoing_events (customer_id)")


def downgrade() -> None:
    op.execute("DROP TABLE outgoing_events")
    op.execute("DROP TABLE receivers")
