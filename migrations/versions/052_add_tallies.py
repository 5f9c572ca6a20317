"""Add counters of processes, and indexes for metrics that skip completed work."""

from alembic import op

revision = "052_add_tallies"
down_revision = "051_find_letters"

_INDEXES = {
    "ix_accesses_outside": "accesses (status) WHERE status IN ('action_required', 'failed', 'invited', 'pending')",
    "ix_accesses_joined_at": "accesses (joined_at)",
    "ix_webhook_inbox_parked": "webhook_inbox (provider) WHERE status = 'parked'",
    "ix_notifications_repeated": "notifications (kind) WHERE repeated > 0",
    "ix_pick_deliveries_repeated": "pick_deliveries (bot) WHERE repeated > 0",
    "ix_audit_log_strangers": "audit_log (action) WHERE action IN ('join_request.declined', 'stranger.removed')",
}


def upgrade() -> None:
    op.execute(
        "CREATE TABLE tallies (name TEXT NOT NULL, label TEXT NOT NULL, value BIGINT NOT NULL,"
        " CONSTRAINT pk_tallies PRIMARY KEY (name, label))"
    )
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("DROP TABLE tallies")
