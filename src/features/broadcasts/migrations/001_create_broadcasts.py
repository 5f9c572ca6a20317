"""Create the tables of broadcasts and of their deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_broadcasts"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE broadcasts (
        id UUID NOT NULL,
        key TEXT NOT NULL,
        author BIGINT,
        content JSONB NOT NULL,
        audience JSONB,
        status TEXT NOT NULL,
        revision INTEGER NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE,
        begun_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        card BIGINT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_broadcasts PRIMARY KEY (id),
        CONSTRAINT ck_broadcasts_status_known CHECK (status IN ('draft', 'scheduled', 'sending', 'done', 'stopped',
            'withdrawn')),
        CONSTRAINT one_broadcast_per_key UNIQUE (key),
        CONSTRAINT ck_broadcasts_revision_from_one CHECK (revision >= 1)
    )
    """,
    "CREATE INDEX ix_broadcasts_created_at ON broadcasts (created_at)",
    """
    CREATE TABLE broadcast_deliveries (
        broadcast_id UUID NOT NULL,
        customer_id UUID NOT NULL,
        status TEXT NOT NULL,
        failed TEXT,
        message_id BIGINT,
        others TEXT,
        revision INTEGER NOT NULL,
        sending_since TIMESTAMP WITH TIME ZONE,
        opened_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_broadcast_deliveries PRIMARY KEY (broadcast_id, customer_id),
        CONSTRAINT ck_broadcast_deliveries_status_known CHECK (status IN ('pending', 'sending', 'sent', 'failed',
            'unknown', 'withdrawn')),
        CONSTRAINT fk_broadcast_deliveries_broadcast_id FOREIGN KEY (broadcast_id) REFERENCES broadcasts (id),
        CONSTRAINT fk_broadcast_deliveries_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
    "CREATE INDEX ix_broadcast_deliveries_customer_id ON broadcast_deliveries (customer_id)",
    """
    CREATE INDEX ix_broadcast_deliveries_open ON broadcast_deliveries (broadcast_id) WHERE status IN ('pending',
        'sending')
    """,
    """
    CREATE TRIGGER broadcast_guard BEFORE INSERT OR UPDATE ON broadcasts FOR EACH ROW WHEN ((NOT
        umbral_may_write('broadcasts'::text, (
            CASE
                WHEN starts_with(new.key, 'mirror:'::text)
        THEN 'mirror.'::text
                ELSE ''::text
            END || new.status)))) EXECUTE FUNCTION
        umbral_refuse()
    """,
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("broadcasts"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE broadcast_deliveries")
    op.execute("DROP TABLE broadcasts")
