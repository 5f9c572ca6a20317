"""Index refunds and departures by time."""

from alembic import op

revision = "057_find_money"
down_revision = "056_create_broadcasts"

_INDEXES = {
    "ix_refunds_occurred_at": "refunds (occurred_at)",
    "ix_subscriptions_ended_at": "subscriptions (ended_at) WHERE ended_at IS NOT NULL",
}


def upgrade() -> None:
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
