"""Create the tables of the audit log, deferred work, leases and variables."""

from alembic import op

revision = "014_create_operations"
down_revision = "013_create_notifications"

STATEMENTS = (
    """
    CREATE TABLE audit_log (
        id BIGSERIAL NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        why TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        facts JSONB NOT NULL,
        CONSTRAINT pk_audit_log PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX ix_audit_log_at ON audit_log (at)",
    "CREATE INDEX ix_audit_log_subject ON audit_log (subject, at)",
    """
    CREATE TABLE due_jobs (
        id BIGSERIAL NOT NULL,
        name TEXT NOT NULL,
        payload JSONB NOT NULL,
        priority INTEGER NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        key TEXT,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_due_jobs PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX ix_due_jobs_due_at ON due_jobs (due_at)",
    "CREATE UNIQUE INDEX one_due_job_per_key ON due_jobs (key) WHERE key IS NOT NULL",
    """
    CREATE TABLE leases (
        name TEXT NOT NULL,
        owner TEXT NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_leases PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE variables (
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_variables PRIMARY KEY (name)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE variables")
    op.execute("DROP TABLE leases")
    op.execute("DROP TABLE due_jobs")
    op.execute("DROP TABLE audit_log")
