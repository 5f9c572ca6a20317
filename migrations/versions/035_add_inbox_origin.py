"""Add the origin of an event: delivered by its provider, or found by a fetch."""

from alembic import op

revision = "035_add_inbox_origin"
down_revision = "034_add_plan_note"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE webhook_inbox
            ADD COLUMN origin TEXT NOT NULL DEFAULT 'told',
            ADD CONSTRAINT ck_webhook_inbox_origin_known CHECK (origin IN ('asked', 'told'))
        """
    )
    # Events stored without a body were never delivered by webhook.
    op.execute("UPDATE webhook_inbox SET origin = 'asked' WHERE body = ''")
    op.execute("CREATE INDEX ix_webhook_inbox_heard ON webhook_inbox (provider, origin, received_at)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_webhook_inbox_heard")
    op.execute("ALTER TABLE webhook_inbox DROP COLUMN origin")
