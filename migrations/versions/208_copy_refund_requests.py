"""Copy the requests for refunds from the audit log, with their results and the refunds that answered them."""

from alembic import op

revision = "208_copy_refund_requests"
down_revision = "207_follow_stored_refunds"


def upgrade() -> None:
    op.execute("""
    INSERT INTO refund_requests
        (operation, payment_id, amount_minor, amount_currency, asked_at, accepted_at, failed_at)
    SELECT line.facts ->> 'operation', payments.id, CAST(line.facts ->> 'minor' AS bigint), payments.amount_currency,
        line.at, min(result.at) FILTER (WHERE result.action = 'payment.refund_asked'),
        min(result.at) FILTER (WHERE result.action = 'payment.refund_failed')
    FROM audit_log AS line JOIN payments ON payments.id = CASE
            WHEN line.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN CAST(line.subject AS uuid) END
        LEFT JOIN audit_log AS result ON result.subject = line.subject
            AND result.facts ->> 'operation' = line.facts ->> 'operation'
    WHERE line.action = 'payment.refund' AND line.facts ->> 'operation' IS NOT NULL
        AND line.facts ->> 'minor' ~ '^[0-9]{1,18}$'
    GROUP BY line.id, payments.id
    ORDER BY line.at
    ON CONFLICT DO NOTHING
    """)
    op.execute("""
    SELECT umbral_answer_request(refund) FROM (SELECT refunds AS refund FROM refunds
        WHERE payment_id IN (SELECT payment_id FROM refund_requests) ORDER BY occurred_at, id OFFSET 0) AS each
    """)


def downgrade() -> None:
    """Keep the rows. Revision 205 drops the table."""
