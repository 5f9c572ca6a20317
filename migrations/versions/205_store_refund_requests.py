"""Store each request for a refund, with its result and the refund that answers it.

Revisions 206 to 208 fill the table from the audit log. The next release drops their triggers and functions, which store
what processes of the previous release do: these write only the audit log and the refunds.
"""

from alembic import op

revision = "205_store_refund_requests"
down_revision = "204_store_facts"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE refund_requests (
        operation TEXT NOT NULL,
        payment_id UUID NOT NULL,
        amount_minor BIGINT NOT NULL,
        amount_currency CHAR(3) NOT NULL,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        accepted_at TIMESTAMP WITH TIME ZONE,
        failed_at TIMESTAMP WITH TIME ZONE,
        refund_id UUID,
        CONSTRAINT pk_refund_requests PRIMARY KEY (operation),
        CONSTRAINT fk_refund_requests_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id),
        CONSTRAINT ck_refund_requests_amount_not_negative CHECK (amount_minor >= 0),
        CONSTRAINT one_request_per_refund UNIQUE (refund_id)
    )
    """)
    op.execute("CREATE INDEX ix_refund_requests_payment_id ON refund_requests (payment_id)")


def downgrade() -> None:
    op.execute("DROP TABLE refund_requests")
