"""What is forgotten of people after a while, and of who was forgotten already."""

from typing import Final

from subscriptions.infrastructure.database.tables.inbox import EVENT_REFS

OPEN_EVENTS: Final = """(status = 'parked' AND 'inbox:' || id NOT IN (SELECT key FROM alarms
        WHERE key LIKE 'inbox:%' AND closed_at IS NOT NULL)
    OR status = 'pending' AND 'inbox:' || id IN (SELECT key FROM alarms WHERE closed_at IS NULL))"""
"""Events that could not be applied, as long as nobody has said that this is settled: they may tell of money."""

EMPTY_LETTERS: Final = """
    UPDATE webhook_inbox SET body = ''::bytea WHERE id = ANY(ARRAY(SELECT id FROM webhook_inbox
        WHERE handled_at < :now - :keep AND status <> 'pending' AND octet_length(body) > 0
        AND NOT (status = 'parked' AND 'inbox:' || id NOT IN (SELECT key FROM alarms
            WHERE key LIKE 'inbox:%' AND closed_at IS NOT NULL)) ORDER BY handled_at LIMIT :limit))"""
"""What was applied, or settled by somebody, keeps its keys."""

_OF_ERASED: Final = "customer_id = ANY(ARRAY(SELECT id FROM customers WHERE telegram_id < 0))"
# Lists that are looked up, and no joins: with an OR these would compare every row with every one. What is older was
# looked at before: Telegram keeps what it could not tell for a day.
FORGET_LATE_UPDATES: Final = """
    DELETE FROM bot_updates WHERE ctid = ANY(ARRAY(SELECT ctid FROM bot_updates
        WHERE done_at > :now - interval '2 days'
        AND (chat_key IN (SELECT channel_id FROM telegram_channels WHERE @theirs)
        OR payload #>> '{chat_member,chat,id}' IN (SELECT channel_id::text FROM telegram_channels WHERE @theirs))
        LIMIT :limit))""".replace("@theirs", _OF_ERASED)
"""What Telegram tells of the channel of somebody who was forgotten already, by its name: that it is deleted."""

_WHO: Final = "coalesce(body #>> '{new_chat_member,user,id}', body #>> '{from,id}')"
FORGET_AT_ONCE: Final = """
    DELETE FROM bot_updates WHERE bot_id = :bot AND update_id = :number
        AND EXISTS (SELECT FROM jsonb_each(payload) AS told (kind, body) WHERE kind = ANY(CAST(:kinds AS text[]))
        AND (body #>> '{chat,id}' IN (SELECT channel_id::text FROM telegram_channels WHERE @theirs)
        OR @who IS NOT NULL AND NOT EXISTS (SELECT FROM customers
            WHERE telegram_id = CASE WHEN @who ~ '^[0-9]{1,18}$' THEN CAST(@who AS bigint) END)))
""".replace("@theirs", _OF_ERASED).replace("@who", _WHO)
"""The same as soon as it was worked on; and what is told of somebody who is no customer, without a word of theirs."""

FORGET_STRANGERS: Final = """
    DELETE FROM bot_updates WHERE ctid = ANY(ARRAY(SELECT ctid FROM bot_updates
        WHERE done_at BETWEEN :now - interval '2 days' AND :now - interval '1 hour' AND payload ? 'chat_member'
        AND payload #>> '{chat_member,new_chat_member,user,id}' IS NOT NULL AND NOT EXISTS (SELECT FROM customers
            WHERE telegram_id = CASE WHEN payload #>> '{chat_member,new_chat_member,user,id}' ~ '^[0-9]{1,18}$'
            THEN CAST(payload #>> '{chat_member,new_chat_member,user,id}' AS bigint) END)
        LIMIT :limit))"""
"""Who came, went or was put out somewhere and is no customer: a stranger, or somebody who was forgotten."""

FORGET_LATE_CASTS: Final = """
    UPDATE broadcasts SET author = NULL, key = 'erased:' || id, content = CASE
        WHEN content #> '{data,source,chat}' IS NULL THEN content ELSE jsonb_set(content, '{data,source,chat}', '0') END
    WHERE id = ANY(ARRAY(SELECT id FROM broadcasts WHERE status NOT IN ('scheduled', 'sending')
        AND author IS NOT NULL AND NOT EXISTS (SELECT FROM customers WHERE telegram_id = author) LIMIT :limit))"""
"""What somebody said to many who was forgotten while it was on its way."""

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
"""What a provider tells of somebody who was forgotten already."""
