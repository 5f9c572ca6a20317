"""SQL that deletes personal data after its retention period, and data about erased customers that arrives late."""

from typing import Final

from subscriptions.infrastructure.database.tables.inbox import EVENT_REFS

OPEN_EVENTS: Final = """(status = 'parked' AND 'inbox:' || id NOT IN (SELECT key FROM alarms
        WHERE key LIKE 'inbox:%' AND closed_at IS NOT NULL)
    OR status = 'pending' AND 'inbox:' || id IN (SELECT key FROM alarms WHERE closed_at IS NULL))"""
"""Condition of events that could not be applied and whose alarm is open. They may concern money."""

EMPTY_LETTERS: Final = """
    UPDATE webhook_inbox SET body = ''::bytea WHERE id = ANY(ARRAY(SELECT id FROM webhook_inbox
        WHERE handled_at < :now - :keep AND status <> 'pending' AND octet_length(body) > 0
        AND NOT (status = 'parked' AND 'inbox:' || id NOT IN (SELECT key FROM alarms
            WHERE key LIKE 'inbox:%' AND closed_at IS NOT NULL)) ORDER BY handled_at LIMIT :limit))"""
"""Statement that empties the bodies of events that were applied or handled; the events' keys are kept."""

_OF_ERASED: Final = "customer_id = ANY(ARRAY(SELECT id FROM customers WHERE telegram_id < 0))"
# Subqueries are used instead of joins, because a join with OR would compare every row with every other. Older updates
# were checked earlier: Telegram keeps undelivered updates for one day.
FORGET_LATE_UPDATES: Final = """
    DELETE FROM bot_updates WHERE ctid = ANY(ARRAY(SELECT ctid FROM bot_updates
        WHERE done_at > :now - interval '2 days'
        AND (chat_key IN (SELECT channel_id FROM telegram_channels WHERE @theirs)
        OR payload #>> '{chat_member,chat,id}' IN (SELECT channel_id::text FROM telegram_channels WHERE @theirs))
        LIMIT :limit))""".replace("@theirs", _OF_ERASED)
"""Statement that deletes Telegram updates about the channel of an erased customer, such as its deletion."""

_WHO: Final = "coalesce(body #>> '{new_chat_member,user,id}', body #>> '{from,id}')"
FORGET_AT_ONCE: Final = """
    DELETE FROM bot_updates WHERE bot_id = :bot AND update_id = :number
        AND EXISTS (SELECT FROM jsonb_each(payload) AS told (kind, body) WHERE kind = ANY(CAST(:kinds AS text[]))
        AND (body #>> '{chat,id}' IN (SELECT channel_id::text FROM telegram_channels WHERE @theirs)
        OR @who IS NOT NULL AND NOT EXISTS (SELECT FROM customers
            WHERE telegram_id = CASE WHEN @who ~ '^[0-9]{1,18}$' THEN CAST(@who AS bigint) END)))
""".replace("@theirs", _OF_ERASED).replace("@who", _WHO)
"""Statement that deletes one update directly after its processing, if it is about an erased customer's channel, or
about a person who is not a customer and wrote nothing.
"""

FORGET_STRANGERS: Final = """
    DELETE FROM bot_updates WHERE ctid = ANY(ARRAY(SELECT ctid FROM bot_updates
        WHERE done_at BETWEEN :now - interval '2 days' AND :now - interval '1 hour' AND payload ? 'chat_member'
        AND payload #>> '{chat_member,new_chat_member,user,id}' IS NOT NULL AND NOT EXISTS (SELECT FROM customers
            WHERE telegram_id = CASE WHEN payload #>> '{chat_member,new_chat_member,user,id}' ~ '^[0-9]{1,18}$'
            THEN CAST(payload #>> '{chat_member,new_chat_member,user,id}' AS bigint) END)
        LIMIT :limit))"""
"""Statement that deletes updates about chat members who are not customers: strangers or erased customers."""

FORGET_LATE_EVENTS: Final = """
    UPDATE webhook_inbox SET body = ''::bytea, event = event || jsonb_build_object('data', (event->'data')
        || jsonb_build_object('telegram_id', NULL, 'customer_ref', NULL, 'evidence', '{}'::jsonb))
    WHERE id = ANY(ARRAY(SELECT id FROM webhook_inbox
        WHERE status <> 'pending' AND (octet_length(body) > 0 OR event->'data'->>'telegram_id' IS NOT NULL)
        AND NOT (status = 'parked' AND 'inbox:' || id NOT IN (SELECT key FROM alarms
            WHERE key LIKE 'inbox:%' AND closed_at IS NOT NULL))
        AND @refs && ARRAY(SELECT id::text FROM orders WHERE @theirs
            UNION ALL SELECT provider_ref FROM subscriptions WHERE @theirs)
        LIMIT :limit))""".replace("@refs", EVENT_REFS).replace("@theirs", _OF_ERASED)
"""Statement that removes personal data from payment events about erased customers."""
