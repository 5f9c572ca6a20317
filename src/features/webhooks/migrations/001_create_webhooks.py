"""Create the tables of the operator's endpoints and their events."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_webhooks"
down_revision = None

_STATEMENTS = (
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
    """,
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
        CONSTRAINT ck_outgoing_events_state_known CHECK (state IN ('waiting', 'told', 'given_up')),
        CONSTRAINT fk_outgoing_events_receiver_id FOREIGN KEY (receiver_id) REFERENCES receivers (id) ON DELETE
            CASCADE,
        CONSTRAINT fk_outgoing_events_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
    "CREATE INDEX ix_outgoing_events_customer_id ON outgoing_events (customer_id)",
    "CREATE INDEX ix_outgoing_events_done ON outgoing_events (done_at)",
    "CREATE INDEX ix_outgoing_events_receiver ON outgoing_events (receiver_id, happened_at)",
    "CREATE INDEX ix_outgoing_events_waiting ON outgoing_events (receiver_id, next_at) WHERE state = 'waiting'",
    """
    CREATE TRIGGER body_guard BEFORE INSERT OR UPDATE OF kind, facts, body ON outgoing_events FOR EACH ROW WHEN
        ((((new.body IS NOT NULL) OR ((new.kind = 'customer.joined'::text) AND (new.facts <> '{}'::jsonb))) AND (NOT
        umbral_may_write('bodies'::text, ''::text)))) EXECUTE FUNCTION umbral_refuse()
    """,
    """
    CREATE TRIGGER event_guard BEFORE INSERT ON outgoing_events FOR EACH ROW WHEN ((NOT
        umbral_may_write('events'::text, new.kind))) EXECUTE FUNCTION umbral_refuse()
    """,
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("receivers"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE outgoing_events")
    op.execute("DROP TABLE receivers")
