"""Index the audit log by transaction, to find the audit entry of the use case that deleted a row."""

from subscriptions.infrastructure.database import online_changes

revision = "192_index_audit_transactions"
down_revision = "191_record_deletions"


def upgrade() -> None:
    online_changes.create_index("ix_audit_log_transaction", "audit_log (transaction) WHERE transaction IS NOT NULL")


def downgrade() -> None:
    online_changes.drop_index("ix_audit_log_transaction")
