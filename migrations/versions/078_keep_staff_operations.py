"""Store the results of staff commands by idempotency key."""

from alembic import op

revision = "078_keep_staff_operations"
down_revision = "077_watch_alarms"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE IF NOT EXISTS staff_operations (
            id UUID NOT NULL,
            command TEXT NOT NULL,
            digest TEXT NOT NULL,
            at TIMESTAMPTZ NOT NULL,
            outcome TEXT NOT NULL,
            facts JSONB NOT NULL,
            CONSTRAINT pk_staff_operations PRIMARY KEY (id)
        )
    """)
    op.execute("CREATE INDEX IF NOT EXISTS ix_staff_operations_at ON staff_operations (at)")


def downgrade() -> None:
    op.execute("DROP TABLE staff_operations")
