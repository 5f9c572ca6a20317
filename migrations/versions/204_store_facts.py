"""Store each different report of a provider about a subscription, and each hold, from which the timeline is computed.

Subscriptions whose provider is not asked any more, and holds that ended before, have no rows: the columns of
`subscriptions` and the entries of the ledger tell what is known about them.
"""

from alembic import op

revision = "204_store_facts"
down_revision = "203_keep_price_faults"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE provider_reports (
        subscription_id UUID NOT NULL,
        fetched_at TIMESTAMP WITH TIME ZONE NOT NULL,
        report JSONB NOT NULL,
        CONSTRAINT pk_provider_reports PRIMARY KEY (subscription_id, fetched_at),
        CONSTRAINT fk_provider_reports_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id)
    )
    """)
    op.execute("""
    CREATE TABLE holds (
        id UUID NOT NULL,
        subscription_id UUID NOT NULL,
        reason TEXT NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        until TIMESTAMP WITH TIME ZONE,
        cause TEXT NOT NULL,
        CONSTRAINT pk_holds PRIMARY KEY (id),
        CONSTRAINT fk_holds_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscriptions (id),
        CONSTRAINT ck_holds_reason_known CHECK (reason IN ('staff', 'dispute', 'ban'))
    )
    """)
    op.execute("CREATE UNIQUE INDEX one_open_hold_per_reason ON holds (subscription_id, reason) WHERE until IS NULL")
    op.execute("CREATE INDEX ix_holds_subscription_id ON holds (subscription_id)")
    op.execute("""
    INSERT INTO holds (id, subscription_id, reason, since, cause)
        SELECT gen_random_uuid(), subscriptions.id, reason, withheld_since, 'stored before holds were rows'
        FROM subscriptions, unnest(ARRAY['staff', 'ban']) AS reason
        WHERE withheld_since IS NOT NULL AND paused_for LIKE '%' || reason || '%'
    """)


def downgrade() -> None:
    op.execute("DROP TABLE holds")
    op.execute("DROP TABLE provider_reports")
