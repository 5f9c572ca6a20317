"""What the console's first page counts, and whom its search finds, as SQL."""

from typing import Final

from subscriptions.infrastructure.database.list_parts import (
    CANNOT_ENTER,
    ENDING,
    GAVE_ACCESS,
    IN_TROUBLE,
    IS_PAYER,
    UNSOLD,
)
from subscriptions.infrastructure.database.returned_money import COUNTS, RETURNED_MONEY

TODAY_COUNTS: Final = f"""
    SELECT (SELECT count(*) FROM alarms WHERE closed_at IS NULL) AS alarms,
        (SELECT count(*) FROM payments WHERE status = 'flagged') AS flagged,
        (SELECT count(*) FROM questions WHERE settled_at IS NULL AND coalesce(answered_at < asked_at, true))
            AS questions,
        (SELECT count(*) FROM disputes WHERE closed_at IS NULL) AS disputes,
        (SELECT count(*) FROM disputes WHERE closed_at IS NULL AND EXISTS (SELECT FROM alarms
            WHERE alarms.closed_at IS NULL AND split_part(alarms.key, ':', 2) = disputes.id::text)) AS disputes_told,
        (SELECT count(*) FROM pgqueuer WHERE status::text = 'failed') AS jobs,
        (SELECT count(*) FROM webhook_inbox WHERE status = 'parked') AS webhooks,
        (SELECT count(DISTINCT customer_id) FROM accesses WHERE {CANNOT_ENTER}) AS doors,
        (SELECT count(*) FROM userbot_accounts WHERE {IN_TROUBLE}) AS accounts,
        (SELECT count(*) FROM service_plans WHERE {UNSOLD}) AS unsold,
        (SELECT count(*) FROM customers WHERE created_at >= :today) AS arrived,
        (SELECT count(*) FROM subscriptions WHERE {GAVE_ACCESS} AND created_at >= :today) AS began,
        (SELECT count(*) FROM payments WHERE is_renewal AND occurred_at >= :today AND status = 'captured') AS renewed,
        (SELECT count(*) FROM subscriptions WHERE {GAVE_ACCESS} AND ended_at >= :today) AS ended,
        (SELECT count(*) FROM subscriptions WHERE status IN ('trialing', 'active', 'past_due', 'paused', 'canceled'))
            AS live,
        (SELECT count(DISTINCT customer_id) FROM accesses WHERE joined_at >= :today) AS joined,
        (SELECT count(*) FROM subscriptions WHERE {ENDING}) AS ending,
        (SELECT count(*) FROM orders WHERE {IS_PAYER}) AS paying,
        (SELECT coalesce(json_object_agg(currency, minor), '{{}}') FROM (SELECT amount_currency AS currency,
            sum(amount_minor)::bigint AS minor FROM payments
            WHERE {COUNTS} AND occurred_at >= :today GROUP BY 1) AS money) AS earned,
        (SELECT coalesce(json_object_agg(currency, minor), '{{}}') FROM (SELECT currency,
            sum(returned.minor)::bigint AS minor FROM {RETURNED_MONEY} AS returned
            JOIN payments ON payments.id = returned.payment_id
            WHERE {COUNTS} AND returned.occurred_at >= :today GROUP BY 1) AS money) AS back
"""
"""What the console's first page counts; the list behind each number has as many rows."""

TAKINGS: Final = f"""
    SELECT span.place::int AS place, money.currency, money.minor
    FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
        WITH ORDINALITY AS span(began, ended, place)
    CROSS JOIN LATERAL (SELECT amount_currency AS currency, sum(amount_minor)::bigint AS minor FROM payments
        WHERE {COUNTS} AND occurred_at >= span.began AND occurred_at < span.ended GROUP BY 1) AS money
"""
"""What came in within each of several spans, by the span's place and by currency: each span is looked up by itself, for
PostgreSQL else reads all payments and compares each with every span."""

SEARCH: Final = """
    WITH found AS (
        SELECT id, 1 AS place, 'telegram_id' AS by FROM customers WHERE telegram_id::text = :value
        UNION ALL SELECT id, 2, 'username' FROM customers WHERE lower(username) = lower(ltrim(:value, '@'))
        UNION ALL SELECT customer_id, 3, 'receipt' FROM receipts
            WHERE upper(:value) ~ '^[A-Z]+[0-9]{4}-[0-9]{1,9}$' AND series || year::text || '-' || lpad(number::text,
                greatest(5, length(number::text)), '0') = upper(:value)
        UNION ALL SELECT customer_id, 4, 'order' FROM orders WHERE length(ltrim(:value, '#')) = 8
            AND upper(left(replace(id::text, '-', ''), 8)) = upper(ltrim(:value, '#'))
        UNION ALL SELECT customer_id, 5, 'payment' FROM payments WHERE payment_key = :value
        UNION ALL SELECT customer_id, 6, 'subscription' FROM subscriptions WHERE provider_ref = :value
        UNION ALL SELECT customer_id, 7, 'account' FROM payment_accounts WHERE external_customer_id = :value
        UNION ALL SELECT customer_id, 8, 'channel' FROM telegram_channels
            WHERE customer_id IS NOT NULL AND (channel_id::text = :value OR title ILIKE :like)
        UNION ALL SELECT id, 9, 'name' FROM customers WHERE first_name ILIKE :like OR username ILIKE :like
    )
    SELECT customers.id::text AS id, first_name, username, telegram_id, created_at, best.by FROM (
        SELECT DISTINCT ON (id) id, place, by FROM found ORDER BY id, place
    ) AS best JOIN customers ON customers.id = best.id
    ORDER BY best.place, created_at DESC LIMIT :limit
"""
"""Customers by whatever somebody has in hand."""
