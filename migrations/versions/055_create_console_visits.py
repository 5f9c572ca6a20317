"""Create web console sessions, and indexes for the sort order of the console's lists."""

from alembic import op

revision = "055_create_console_visits"
down_revision = "054_create_outbox"

_INDEXES = {
    "ix_customers_created_at": "customers (created_at, id)",
    "ix_subscriptions_created_at": "subscriptions (created_at, id)",
    "ix_payments_occurred_at": "payments (occurred_at, id)",
    "ix_webhook_inbox_received_at": "webhook_inbox (received_at, id)",
}


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE console_visits (
            link TEXT NOT NULL,
            person BIGINT NOT NULL,
            offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
            key TEXT,
            entered_at TIMESTAMP WITH TIME ZONE,
            seen_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT pk_console_visits PRIMARY KEY (link),
            CONSTRAINT one_console_visit_per_key UNIQUE (key)
        )
        """
    )
    op.execute("CREATE INDEX ix_console_visits_person ON console_visits (person)")
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("DROP TABLE console_visits")
