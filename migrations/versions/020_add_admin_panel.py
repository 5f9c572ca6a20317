"""Add staff conversations, owner alerts, and customers banned from buying."""

from alembic import op

revision = "020_add_admin_panel"
down_revision = "019_add_fingerprint_of_a_pick"

STATEMENTS = (
    """
    CREATE TABLE dialogues (
        person BIGINT NOT NULL,
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        step TEXT NOT NULL,
        answers JSONB NOT NULL,
        message_id BIGINT,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_dialogues PRIMARY KEY (person)
    )
    """,
    "CREATE INDEX ix_dialogues_expires_at ON dialogues (expires_at)",
    """
    CREATE TABLE alarms (
        id UUID NOT NULL,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        facts JSONB NOT NULL,
        raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        closed_by BIGINT,
        CONSTRAINT pk_alarms PRIMARY KEY (id),
        CONSTRAINT one_alarm_per_key UNIQUE (key)
    )
    """,
    "CREATE INDEX ix_alarms_open ON alarms (raised_at) WHERE closed_at IS NULL",
    "ALTER TABLE customers ADD COLUMN barred_at TIMESTAMP WITH TIME ZONE",
    "CREATE INDEX ix_customers_staff_role ON customers (staff_role) WHERE staff_role IS NOT NULL",
    "CREATE INDEX ix_customers_username ON customers (lower(username))",
)

UNDO = (
    "DROP INDEX ix_customers_username",
    "DROP INDEX ix_customers_staff_role",
    "ALTER TABLE customers DROP COLUMN barred_at",
    "DROP TABLE alarms",
    "DROP TABLE dialogues",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in UNDO:
        op.execute(statement)
