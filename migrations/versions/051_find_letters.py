"""Index inbox events by the objects they name, and unapplied events by state."""

from alembic import op

revision = "051_find_letters"
down_revision = "050_create_trial_marks"


def upgrade() -> None:
    op.execute(
        """
        CREATE INDEX IF NOT EXISTS ix_webhook_inbox_refs ON webhook_inbox USING gin ((ARRAY[
            event #>> '{data,telegram_id}', event #>> '{data,order_id}',
            event #>> '{data,payment_key}', event #>> '{data,about_payment}', event #>> '{data,subscription_ref}',
            event #>> '{data,checkout_ref}', event #>> '{data,customer_ref}'
        ]))
        """
    )
    op.execute(
        "CREATE INDEX IF NOT EXISTS ix_webhook_inbox_left ON webhook_inbox (handled_at)"
        " WHERE status IN ('ignored', 'parked')"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_webhook_inbox_left")
    op.execute("DROP INDEX ix_webhook_inbox_refs")
