"""Store the start of a suspension by a dispute or by staff, during which no time runs."""

from alembic import op

revision = "081_note_since_when_withheld"
down_revision = "080_remember_canceled_from"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS withheld_since TIMESTAMP WITH TIME ZONE")
    # Suspensions by staff consumed time until this upgrade; from now on they do not.
    op.execute(
        """
        UPDATE subscriptions SET withheld_since = coalesce(
            (SELECT min(disputes.opened_at) FROM disputes JOIN payments ON payments.id = disputes.payment_id
             WHERE payments.subscription_id = subscriptions.id AND disputes.status = 'open'
                 AND subscriptions.paused_for LIKE '%dispute%'), now())
        WHERE paused_for LIKE '%dispute%' OR paused_for LIKE '%staff%'
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN withheld_since")
