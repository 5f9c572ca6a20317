"""Identify webhook events by transmission for providers that number transmissions."""

from alembic import op

revision = "068_tell_transmissions_apart"
down_revision = "067_note_links"


def upgrade() -> None:
    op.execute(
        "CREATE UNIQUE INDEX IF NOT EXISTS one_event_per_transmission ON webhook_inbox"
        " (provider, (event #>> '{data,transmission}')) WHERE event #>> '{data,transmission}' IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX one_event_per_transmission")
