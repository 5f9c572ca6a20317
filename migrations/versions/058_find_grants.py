"""Index granted subscriptions by import key, whoever the customer is."""

from alembic import op

revision = "058_find_grants"
down_revision = "057_find_money"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX IF NOT EXISTS ix_ledger_entries_granted ON ledger_entries (source_key) WHERE kind = 'admin_grant'"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_ledger_entries_granted")
