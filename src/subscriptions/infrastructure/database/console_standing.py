"""SQL of the counts on the console's first page."""

from typing import Final

from subscriptions.infrastructure.database.list_parts import (
    ACTIVE,
    CANNOT_ENTER,
    ENDING,
    ENDING_SOON,
    GAVE_ACCESS,
    IN_TROUBLE,
    IS_PAYER,
    UNSOLD,
)
from subscriptions.infrastructure.database.returned_money import COUNTS, DISPLAYED_STATUS, RETURNED_MONEY

TODAY_COUNTS: Final = f"""
    SELECT (SELECT count(*) FROM alarms WHERE closed_at IS NULL) AS alarms,
        (SELECT count(*) FROM subscriptions WHERE status = 'past_due') AS past_due,
        (SELECT count(*) FROM payments WHERE status = 'flagged') AS flagged,
        (SELECT count(*) FROM disputes WHERE closed_at IS NULL) AS disputes,
        (SELECT count(*) FROM pgqueuer WHERE status::text = 'failed') AS jobs,
        (SELECT count(*) FROM webhook_inbox WHERE status = 'parked') AS webhooks,
        (SELECT count(DISTINCT customer_id) FROM accesses WHERE {CANNOT_ENTER}) AS doors,
        (SELECT count(*) FROM userbot_accounts WHERE {IN_TROUBLE}) AS accounts,
        (SELECT count(*) FROM service_plans WHERE {UNSOLD}) AS unsold,
        (SELECT count(*) FROM customers WHERE created_at >= :today) AS arrived,
        (SELECT count(*) FROM subscriptions WHERE {GAVE_ACCESS} AND created_at >= :today) AS began,
        (SELECT count(*) FROM payments WHERE is_renewal AND occurred_at >= :today AND {DISPLAYED_STATUS} = 'captured')
            AS renewed,
        (SELECT count(*) FROM subscriptions WHERE {GAVE_ACCESS} AND ended_at >= :today) AS ended,
        (SELECT count(*) FROM subscriptions WHERE {ACTIVE}) AS active,
        (SELECT count(DISTINCT customer_id) FROM accesses WHERE joined_at >= :today) AS joined,
        (SELECT count(*) FROM subscriptions WHERE {ENDING}) AS ending,
        (SELECT count(*) FROM subscriptions WHERE {ENDING_SOON}) AS ending_soon,
        (SELECT count(*) FROM orders WHERE {IS_PAYER}) AS paying,
        (SELECT coalesce(json_object_agg(currency, minor), '{{}}') FROM (SELECT amount_currency AS currency,
            sum(amount_minor)::bigint AS minor FROM payments
            WHERE {COUNTS} AND occurred_at >= :today GROUP BY 1) AS money) AS earned,
        (SELECT coalesce(json_object_agg(currency, minor), '{{}}') FROM (SELECT currency,
            sum(returned.minor)::bigint AS minor FROM {RETURNED_MONEY} AS returned
            JOIN payments ON payments.id = returned.payment_id
            WHERE {COUNTS} AND returned.occurred_at >= :today GROUP BY 1) AS money) AS back
"""
"""Query of the counts on the console's first page. Each count links to a list with that number of rows."""

TAKINGS: Final = f"""
    SELECT span.place::int AS place, money.currency, money.minor
    FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
        WITH ORDINALITY AS span(began, ended, place)
    CROSS JOIN LATERAL (SELECT amount_currency AS currency, sum(amount_minor)::bigint AS minor FROM payments
        WHERE {COUNTS} AND occurred_at >= span.began AND occurred_at < span.ended GROUP BY 1) AS money
"""
"""Query of the payments received in each of several periods, grouped by the period's index and the currency. LATERAL
looks up each period separately; otherwise PostgreSQL would read all payments and compare each with every period.
"""
