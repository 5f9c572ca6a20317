"""Schedule a daily fetch of every dispute's status, including disputes opened earlier."""

from alembic import op

revision = "033_ask_about_disputes"
down_revision = "032_add_money_policies"


def upgrade() -> None:
    op.execute("UPDATE due_jobs SET due_at = least(due_at, now()) WHERE name = 'core.watch_dispute'")
    op.execute(
        """
        INSERT INTO due_jobs (name, payload, priority, due_at, key)
        SELECT 'core.watch_dispute', jsonb_build_object('v', 1, 'provider', provider, 'dispute_key', dispute_key),
               10, now(), 'core.watch_dispute:' || id
        FROM disputes WHERE status IN ('open', 'inquiry')
        ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING
        """
    )


def downgrade() -> None:
    # The previous version treats a run of this job as a sign that the dispute has been open for a hundred days.
    op.execute(
        "UPDATE due_jobs SET due_at = greatest(due_at, now() + INTERVAL '100 days') WHERE name = 'core.watch_dispute'"
    )
