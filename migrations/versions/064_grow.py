"""Index a channel's links and a subscription's payments, and tune autovacuum of fast-changing tables.

By default PostgreSQL vacuums a table once a fifth of it has changed. The queue's tables are small and change
completely within minutes, so dead rows soon outnumber live ones. In growing tables a fifth is months of data, and
query plans would use statistics of that age.
"""

from alembic import op

revision = "064_grow"
down_revision = "063_leave_in_peace"

_INDEXES = {
    "ix_channel_invites_channel_id": "channel_invites (channel_id)",
    "ix_payments_subscription_id": "payments (subscription_id)",
}
_BUSY = ("due_jobs", "leases", "pgqueuer", "pgqueuer_log", "tallies", "variables")
_GROWING = (
    "accesses", "bot_updates", "channel_invites", "customers", "notifications", "orders", "payments", "pick_deliveries",
    "subscriptions", "telegram_channels", "webhook_inbox",
)  # fmt: skip
_OFTEN = {
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "1000",
    "autovacuum_analyze_scale_factor": "0",
    "autovacuum_analyze_threshold": "1000",
    "autovacuum_vacuum_cost_delay": "0",
}
_SOONER = {"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_analyze_scale_factor": "0.01"}


def upgrade() -> None:
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {what}")
    for tables, settings in ((_BUSY, _OFTEN), (_GROWING, _SOONER)):
        for table in tables:
            op.execute(f"ALTER TABLE {table} SET ({', '.join(f'{key} = {value}' for key, value in settings.items())})")


def downgrade() -> None:
    for tables, settings in ((_BUSY, _OFTEN), (_GROWING, _SOONER)):
        for table in tables:
            op.execute(f"ALTER TABLE {table} RESET ({', '.join(settings)})")
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
