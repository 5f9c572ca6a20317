"""The same for what goes on behind: alarms, messages, jobs, webhooks, accounts, and what staff did."""

from collections.abc import Mapping
from typing import Final

from subscriptions.infrastructure.database.console_queries import ENDING, LISTS, ListQuery, since_until
from subscriptions.infrastructure.database.returned_money import COUNTS, RETURNED

_WORK: Final[Mapping[str, ListQuery]] = {
    "alarms": ListQuery(
        "alarms.kind, alarms.key, alarms.facts, alarms.raised_at, alarms.closed_at, alarms.closed_by",
        "alarms",
        ("alarms.id", "uuid"),
        {"raised_at": ("alarms.raised_at", "timestamptz")},
        {
            "kind": "alarms.kind = :value",
            "q": "(alarms.kind ILIKE :like OR alarms.facts::text ILIKE :like)",
            **since_until("alarms.raised_at"),
        },
        {"state": {"open": "alarms.closed_at IS NULL", "closed": "alarms.closed_at IS NOT NULL"}},
    ),
    "messages": ListQuery(
        "notifications.kind, notifications.recipient, notifications.created_at, notifications.sent_at,"
        " notifications.failed, customers.id AS customer_id, customers.first_name, customers.username,"
        " customers.telegram_id",
        "notifications LEFT JOIN customers ON customers.telegram_id = notifications.recipient",
        ("notifications.id", "uuid"),
        {"created_at": ("notifications.created_at", "timestamptz")},
        {
            "kind": "notifications.kind = :value",
            "q": "(customers.first_name ILIKE :like OR customers.username ILIKE :like"
            " OR notifications.recipient::text = :value)",
            **since_until("notifications.created_at"),
        },
        {
            "state": {
                "owed": "notifications.sent_at IS NULL AND notifications.failed IS NULL",
                "sent": "notifications.sent_at IS NOT NULL",
                "failed": "notifications.failed IS NOT NULL",
            }
        },
    ),
    "jobs": ListQuery(
        "pgqueuer.entrypoint AS name, pgqueuer.status::text AS status, pgqueuer.priority, pgqueuer.attempts,"
        " pgqueuer.created AS created_at, pgqueuer.execute_after AS runs_at, (SELECT traceback->>'exception_message'"
        " FROM pgqueuer_log WHERE job_id = pgqueuer.id AND traceback IS NOT NULL ORDER BY created DESC LIMIT 1)"
        " AS error",
        "pgqueuer",
        ("pgqueuer.id", "bigint"),
        {"created_at": ("pgqueuer.created", "timestamptz")},
        {"status": "pgqueuer.status::text = :value", "q": "pgqueuer.entrypoint ILIKE :like"},
    ),
    "webhooks": ListQuery(
        "webhook_inbox.provider, webhook_inbox.event->'data'->>'raw_type' AS type,"
        " webhook_inbox.event->'data'->>'kind' AS kind, webhook_inbox.status, webhook_inbox.note,"
        " webhook_inbox.attempts, webhook_inbox.origin, webhook_inbox.received_at, webhook_inbox.handled_at,"
        " webhook_inbox.event_key",
        "webhook_inbox",
        ("webhook_inbox.id", "uuid"),
        {"received_at": ("webhook_inbox.received_at", "timestamptz")},
        {
            "status": "webhook_inbox.status = :value",
            "provider": "webhook_inbox.provider = :value",
            "origin": "webhook_inbox.origin = :value",
            "q": "(webhook_inbox.event_key = :value OR webhook_inbox.event->'data'->>'raw_type' ILIKE :like"
            " OR webhook_inbox.event->'data'->>'payment_key' = :value"
            " OR webhook_inbox.event->'data'->>'order_id' = :value)",
            **since_until("webhook_inbox.received_at"),
        },
    ),
    "accounts": ListQuery(
        "userbot_accounts.label, userbot_accounts.status, userbot_accounts.status_reason AS note,"
        " userbot_accounts.channels_used, userbot_accounts.channel_cap, userbot_accounts.created_today,"
        " userbot_accounts.day_cap, userbot_accounts.retry_at",
        "userbot_accounts",
        ("userbot_accounts.id", "bigint"),
        {"number": ("userbot_accounts.id", "bigint")},
        {"status": "userbot_accounts.status = :value"},
    ),
    "audit": ListQuery(
        "audit_log.at, audit_log.actor, staff.first_name AS actor_name, audit_log.action, audit_log.subject,"
        " audit_log.why, audit_log.facts, customers.id AS customer_id, customers.first_name, customers.username,"
        " customers.telegram_id",
        "audit_log LEFT JOIN customers AS staff ON staff.telegram_id::text = audit_log.actor"
        " LEFT JOIN customers ON customers.id::text = audit_log.subject",
        ("audit_log.id", "bigint"),
        {"at": ("audit_log.at", "timestamptz")},
        {
            "actor": "audit_log.actor = :value",
            "action": "audit_log.action ILIKE :like",
            "q": "(audit_log.subject = :value OR audit_log.why ILIKE :like)",
            **since_until("audit_log.at"),
        },
        {"state": {"staff": "audit_log.actor ~ '^[0-9]+$'", "refused": "audit_log.action = 'staff.refused'"}},
    ),
}

ALL_LISTS: Final[Mapping[str, ListQuery]] = {**LISTS, **_WORK}

STANDING: Final = f"""
    SELECT (SELECT count(*) FROM alarms WHERE closed_at IS NULL) AS alarms,
        (SELECT count(*) FROM payments WHERE status = 'flagged') AS flagged,
        (SELECT count(*) FROM disputes WHERE closed_at IS NULL) AS disputes,
        (SELECT count(*) FROM pgqueuer WHERE status::text = 'failed') AS jobs,
        (SELECT count(*) FROM webhook_inbox WHERE status = 'parked') AS webhooks,
        (SELECT count(*) FROM accesses WHERE status IN ('action_required', 'failed')) AS doors,
        (SELECT count(*) FROM userbot_accounts WHERE status NOT IN ('active', 'full', 'retired')) AS accounts,
        (SELECT count(*) FROM customers WHERE created_at >= :today) AS arrived,
        (SELECT count(*) FROM subscriptions WHERE access_until IS NOT NULL AND created_at >= :today) AS began,
        (SELECT count(*) FROM payments WHERE is_renewal AND occurred_at >= :today AND status = 'captured') AS renewed,
        (SELECT count(*) FROM subscriptions WHERE access_until IS NOT NULL AND ended_at >= :today) AS ended,
        (SELECT count(*) FROM subscriptions WHERE status IN ('trialing', 'active', 'past_due', 'paused', 'canceled'))
            AS live,
        (SELECT count(*) FROM accesses WHERE joined_at >= :today) AS joined,
        (SELECT count(*) FROM subscriptions WHERE {ENDING}) AS ending,
        (SELECT coalesce(json_object_agg(currency, minor), '{{}}') FROM (SELECT amount_currency AS currency,
            sum(amount_minor)::bigint AS minor FROM payments
            WHERE {COUNTS} AND occurred_at >= :today GROUP BY 1) AS money) AS earned,
        (SELECT coalesce(json_object_agg(currency, minor), '{{}}') FROM (SELECT currency,
            sum(returned.minor)::bigint AS minor FROM {RETURNED} AS returned
            JOIN payments ON payments.id = returned.payment_id
            WHERE {COUNTS} AND returned.occurred_at >= :today GROUP BY 1) AS money) AS back
"""
"""What the console's first page counts."""

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
