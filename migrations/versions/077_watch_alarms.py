"""Index the five-minute checks for owner alerts: opened checkouts, and jobs that failed permanently."""

from alembic import op

revision = "077_watch_alarms"
down_revision = "076_change_paid_plans"

_INDEXES = {
    "ix_checkout_attempts_opened": "checkout_attempts (provider, created_at) WHERE session_ref IS NOT NULL",
    "ix_pgqueuer_failed": "pgqueuer (entrypoint) WHERE status = 'failed'",
}


def upgrade() -> None:
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
