"""Start the objection period of an account transfer when its notice is delivered. If no notice can be delivered, two
staff members must confirm the transfer.

Transfers that are waiting during the upgrade keep their date, which is compared with the delivery of their notice.
"""

from alembic import op

revision = "162_notify_before_transfer"
down_revision = "161_guard_alarms"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE takeovers ADD COLUMN confirmed_by TEXT, ADD COLUMN waits_since TIMESTAMP WITH TIME ZONE,"
        " ADD COLUMN undelivered TEXT"
    )


def downgrade() -> None:
    # The previous version requires a date for every transfer.
    op.execute("UPDATE takeovers SET status = 'dropped', closed_at = now() WHERE status = 'waiting' AND due_at IS NULL")
    op.execute("ALTER TABLE takeovers DROP COLUMN confirmed_by, DROP COLUMN waits_since, DROP COLUMN undelivered")
