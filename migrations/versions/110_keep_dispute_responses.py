"""Create responses to disputes, and the documents sent."""

from alembic import op

revision = "110_keep_dispute_responses"
down_revision = "122_index_orders"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE dispute_responses (dispute_id UUID NOT NULL, payment_id UUID NOT NULL, status TEXT NOT NULL,"
        " due_at TIMESTAMPTZ, offered_at TIMESTAMPTZ NOT NULL, asked_by TEXT, asked_at TIMESTAMPTZ,"
        " sent_at TIMESTAMPTZ, reason TEXT, document BYTEA, record BYTEA,"
        " CONSTRAINT pk_dispute_responses PRIMARY KEY (dispute_id),"
        " CONSTRAINT fk_dispute_responses_dispute_id FOREIGN KEY (dispute_id) REFERENCES disputes (id),"
        " CONSTRAINT fk_dispute_responses_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id),"
        " CONSTRAINT ck_dispute_responses_status_known CHECK (status IN ('offered', 'asked', 'sent', 'refused')))"
    )
    op.execute("CREATE INDEX ix_dispute_responses_payment_id ON dispute_responses (payment_id)")


def downgrade() -> None:
    op.execute("DROP TABLE dispute_responses")
