"""Store which request a refund answers that a process of the previous release stores.

A refund answers the oldest open request of its payment and amount. For the processes of this release the trigger
changes nothing: they write the answer before the refund.
"""

from alembic import op

revision = "207_follow_stored_refunds"
down_revision = "206_follow_audited_requests"


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION umbral_answer_request(refund public.refunds) RETURNS void LANGUAGE sql"
        " SET search_path = pg_catalog AS $$ UPDATE public.refund_requests SET refund_id = refund.id"
        " WHERE NOT coalesce(refund.repeats_dispute, false)"
        " AND NOT EXISTS (SELECT FROM public.refund_requests WHERE refund_id = refund.id)"
        " AND operation = (SELECT operation FROM public.refund_requests WHERE payment_id = refund.payment_id"
        " AND amount_minor = refund.amount_minor AND amount_currency = refund.amount_currency"
        " AND asked_at <= refund.recorded_at AND failed_at IS NULL AND refund_id IS NULL"
        " ORDER BY asked_at, operation LIMIT 1) $$"
    )
    op.execute(
        "CREATE FUNCTION umbral_follow_refund() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        " SET search_path = pg_catalog AS $$ BEGIN PERFORM public.umbral_answer_request(new); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER refund_followed AFTER INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION umbral_follow_refund()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER refund_followed ON refunds")
    op.execute("DROP FUNCTION umbral_follow_refund()")
    op.execute("DROP FUNCTION umbral_answer_request(refunds)")
