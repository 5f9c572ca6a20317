"""Store the requests for refunds that processes of the previous release record in the audit log, and their results.

For the processes of this release the trigger changes nothing: they write the request before its audit entry.
"""

from alembic import op

revision = "206_follow_audited_requests"
down_revision = "205_store_refund_requests"


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION umbral_follow_request() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        " SET search_path = pg_catalog AS $$ BEGIN"
        " IF new.action = 'payment.refund_asked' THEN UPDATE public.refund_requests SET accepted_at = new.at"
        " WHERE operation = new.facts ->> 'operation' AND payment_id::text = new.subject AND accepted_at IS NULL;"
        " ELSIF new.action = 'payment.refund_failed' THEN UPDATE public.refund_requests SET failed_at = new.at"
        " WHERE operation = new.facts ->> 'operation' AND payment_id::text = new.subject AND failed_at IS NULL;"
        " ELSIF new.facts ->> 'operation' IS NOT NULL AND new.facts ->> 'minor' ~ '^[0-9]{1,18}$' THEN"
        " INSERT INTO public.refund_requests (operation, payment_id, amount_minor, amount_currency, asked_at)"
        " SELECT new.facts ->> 'operation', id, (new.facts ->> 'minor')::bigint, amount_currency, new.at"
        " FROM public.payments WHERE id = CASE WHEN new.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
        " THEN new.subject::uuid END ON CONFLICT DO NOTHING;"
        " END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER request_followed AFTER INSERT ON audit_log FOR EACH ROW"
        " WHEN (new.action IN ('payment.refund', 'payment.refund_asked', 'payment.refund_failed'))"
        " EXECUTE FUNCTION umbral_follow_request()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER request_followed ON audit_log")
    op.execute("DROP FUNCTION umbral_follow_request()")
