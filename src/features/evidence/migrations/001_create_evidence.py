"""Create the table of responses to disputes."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_evidence"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE dispute_responses (
        dispute_id UUID NOT NULL,
        payment_id UUID NOT NULL,
        status TEXT NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE,
        offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
        asked_by TEXT,
        asked_at TIMESTAMP WITH TIME ZONE,
        sent_at TIMESTAMP WITH TIME ZONE,
        reason TEXT,
        document BYTEA,
        record BYTEA,
        CONSTRAINT pk_dispute_responses PRIMARY KEY (dispute_id),
        CONSTRAINT ck_dispute_responses_status_known CHECK (status IN ('offered', 'asked', 'sent', 'refused')),
        CONSTRAINT fk_dispute_responses_dispute_id FOREIGN KEY (dispute_id) REFERENCES disputes (id),
        CONSTRAINT fk_dispute_responses_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id)
    )
    """,
    "CREATE INDEX ix_dispute_responses_payment_id ON dispute_responses (payment_id)",
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("dispute_responses"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE dispute_responses")
