"""Fill since when a charge is under way for subscriptions whose provider has not been asked since revision 196.

The customers of these subscriptions would lose access until the provider is asked again. The condition is the one by
which version 1.0.0 let them in.
"""

from subscriptions.infrastructure.database import online_changes

revision = "202_fill_charges_under_way"
down_revision = "201_seal_for_processes"


def upgrade() -> None:
    online_changes.backfill(
        "subscriptions",
        "charging_since = current_period_start",
        "charging_since IS NULL AND provider_ref IS NOT NULL AND owed_since IS NULL AND billing_stopped_at IS NULL"
        " AND charge_moved_to IS NULL AND coalesce(paused_for, '') = ''"
        " AND (status = 'active' OR (status = 'canceled' AND cancel_at_period_end))"
        " AND access_until <= least(current_period_start, now()) AND current_period_end > now()"
        " AND (paused_seen_at IS NULL OR paused_seen_at <= current_period_start)",
    )


def downgrade() -> None:
    """Keep the values. Revision 196 drops the column."""
