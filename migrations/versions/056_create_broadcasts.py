"""Create broadcasts and their recipients, and store all messages of an album."""

from alembic import op

revision = "056_create_broadcasts"
down_revision = "055_create_console_visits"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE broadcasts (id UUID NOT NULL, key TEXT NOT NULL, author BIGINT, content JSONB NOT NULL,"
        " audience JSONB, status TEXT NOT NULL, revision INTEGER NOT NULL, starts_at TIMESTAMPTZ, begun_at TIMESTAMPTZ,"
        " ended_at TIMESTAMPTZ, card BIGINT, created_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_broadcasts PRIMARY KEY (id), CONSTRAINT one_broadcast_per_key UNIQUE (key),"
        " CONSTRAINT ck_broadcasts_status_known CHECK (status IN ('draft', 'scheduled', 'sending', 'done', 'stopped',"
        " 'withdrawn')), CONSTRAINT ck_broadcasts_revision_from_one CHECK (revision >= 1))"
    )
    op.execute("CREATE INDEX ix_broadcasts_created_at ON broadcasts (created_at)")
    op.execute(
        "CREATE TABLE broadcast_deliveries (broadcast_id UUID NOT NULL, customer_id UUID NOT NULL,"
        " status TEXT NOT NULL, failed TEXT, message_id BIGINT, others TEXT, revision INTEGER NOT NULL,"
        " sending_since TIMESTAMPTZ, CONSTRAINT pk_broadcast_deliveries PRIMARY KEY (broadcast_id, customer_id),"
        " CONSTRAINT ck_broadcast_deliveries_status_known CHECK (status IN ('pending', 'sending', 'sent', 'failed',"
        " 'unknown', 'withdrawn')),"
        " CONSTRAINT fk_broadcast_deliveries_broadcast_id FOREIGN KEY (broadcast_id) REFERENCES broadcasts (id),"
        " CONSTRAINT fk_broadcast_deliveries_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_broadcast_deliveries_customer_id ON broadcast_deliveries (customer_id)")
    op.execute(
        "CREATE INDEX ix_broadcast_deliveries_open ON broadcast_deliveries (broadcast_id)"
        " WHERE status IN ('pending', 'sending')"
    )
    op.execute("ALTER TABLE pick_deliveries ADD COLUMN others TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE pick_deliveries DROP COLUMN others")
    op.execute("DROP TABLE broadcast_deliveries")
    op.execute("DROP TABLE broadcasts")
