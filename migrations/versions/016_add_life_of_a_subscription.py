"""Add refunds, disputes, pauses and reminders, and retain channels for customers who may return."""

from alembic import op

revision = "016_add_life_of_a_subscription"
down_revision = "015_install_pgqueuer"

STATEMENTS = (
    """
    CREATE TABLE refunds (
        id UUID NOT NULL,
        provider TEXT NOT NULL,
        refund_key TEXT NOT NULL,
        payment_id UUID NOT NULL,
        amount_minor BIGINT NOT NULL,
        amount_currency CHAR(3) NOT NULL,
        status TEXT NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_refunds PRIMARY KEY (id),
        CONSTRAINT ck_refunds_amount_not_negative CHECK (amount_minor >= 0),
        CONSTRAINT ck_refunds_status_known CHECK (status IN ('given', 'reversed')),
        CONSTRAINT one_refund_per_provider_key UNIQUE (provider, refund_key),
        CONSTRAINT fk_refunds_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
    )
    """,
    "CREATE INDEX ix_refunds_payment_id ON refunds (payment_id)",
    """
    CREATE TABLE disputes (
        id UUID NOT NULL,
        provider TEXT NOT NULL,
        dispute_key TEXT NOT NULL,
        payment_id UUID NOT NULL,
        status TEXT NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_disputes PRIMARY KEY (id),
        CONSTRAINT ck_disputes_status_known CHECK (status IN ('inquiry', 'open', 'won', 'lost', 'closed')),
        CONSTRAINT one_dispute_per_provider_key UNIQUE (provider, dispute_key),
        CONSTRAINT fk_disputes_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
    )
    """,
    "CREATE INDEX ix_disputes_payment_id ON disputes (payment_id)",
    "ALTER TABLE subscriptions ADD COLUMN paused_for TEXT, ADD COLUMN next_reminder_at TIMESTAMP WITH TIME ZONE",
    "CREATE INDEX ix_subscriptions_reminder ON subscriptions (next_reminder_at NULLS FIRST)",
    "ALTER TABLE telegram_channels ADD COLUMN delete_at TIMESTAMP WITH TIME ZONE",
    "CREATE INDEX ix_telegram_channels_delete_at ON telegram_channels (delete_at) WHERE delete_at IS NOT NULL",
    "ALTER TABLE ledger_entries DROP CONSTRAINT ck_ledger_entries_kind_known",
    """
    ALTER TABLE ledger_entries ADD CONSTRAINT ck_ledger_entries_kind_known CHECK (kind IN
        ('payment', 'token', 'trial', 'admin_grant', 'promotion', 'compensation', 'refund', 'dispute'))
    """,
)

UNDO = (
    "ALTER TABLE ledger_entries DROP CONSTRAINT ck_ledger_entries_kind_known",
    # The previous schema has no kind for compensation: the rows keep their days under a known kind.
    "UPDATE ledger_entries SET kind = 'promotion' WHERE kind = 'compensation'",
    """
    ALTER TABLE ledger_entries ADD CONSTRAINT ck_ledger_entries_kind_known CHECK (kind IN
        ('payment', 'token', 'trial', 'admin_grant', 'promotion', 'refund', 'dispute'))
    """,
    "DROP INDEX ix_telegram_channels_delete_at",
    "ALTER TABLE telegram_channels DROP COLUMN delete_at",
    "DROP INDEX ix_subscriptions_reminder",
    "ALTER TABLE subscriptions DROP COLUMN paused_for, DROP COLUMN next_reminder_at",
    "DROP TABLE disputes",
    "DROP TABLE refunds",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in UNDO:
        op.execute(statement)
