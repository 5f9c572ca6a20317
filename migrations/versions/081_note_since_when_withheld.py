"""Since when a subscription's customer is kept out for a dispute or by staff: its time stands still meanwhile."""

from alembic import op

revision = "081_note_since_when_withheld"
down_revision = "080_remember_canceled_from"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS withheld_since TIMESTAMP WITH TIME ZONE")
    # Whom staff had suspended lost their time by the day so far; from now on it stands still.
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
