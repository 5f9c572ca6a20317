"""What can be said of a table that holds data about people, and which of its rows are one person's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from subscriptions.infrastructure.database.tables import seen_chats, service_plans
from subscriptions.infrastructure.database.tables.inbox import EVENT_REFS


class Fate(StrEnum):
    """What erasing a person does to their rows."""

    DELETE = "deleted"
    BLANK = "kept without what names the person"
    KEEP = "kept"


KINDS: Final[Mapping[str, str]] = {
    "identity": "who somebody is",
    "contact": "where to reach them",
    "content": "what was said to, by or about them",
    "money": "what was bought and paid",
    "technical": "keys, states and times",
    "others": "about one of the operator's people, so it is not exported",
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """One table. whose: the SQL condition of a person's rows. Then its columns by KINDS, names apart by blanks.

    fate: what an erasure does, to the rows of `whose`, or those of `touched`. blank: column → the SQL value it gets.
    why: for what stays, and until when.
    """

    table: str
    whose: str
    identity: str = ""
    contact: str = ""
    content: str = ""
    money: str = ""
    technical: str = ""
    others: str = ""
    fate: Fate = Fate.KEEP
    touched: str = ""
    blank: Mapping[str, str] = field(default_factory=dict)
    why: str = ""

    @property
    def by_kind(self) -> Mapping[str, list[str]]:
        """Its columns, of the kinds it has."""
        columns = {"identity": self.identity, "contact": self.contact, "content": self.content}
        rest = {"money": self.money, "technical": self.technical, "others": self.others}
        return {kind: names.split() for kind, names in (columns | rest).items() if names}

    @property
    def exported(self) -> list[str]:
        """The columns a person is given."""
        return [name for kind, names in self.by_kind.items() if kind != "others" for name in names]


ERASED_NAME: Final = "—"
"""What stands where a name stood."""
LAW: Final = "Spanish commercial code, art. 30: six years; general tax law, art. 66: four"
BESIDE_MONEY: Final = "explains the payments it belongs to, as long as those are kept"

PERSON: Final = "CAST(:person AS bigint)"
OWN: Final = "customer_id = CAST(:customer AS uuid)"
OF_ORDERS: Final = "order_id IN (SELECT id FROM orders WHERE customer_id = CAST(:customer AS uuid))"
OF_PAYMENTS: Final = "payment_id IN (SELECT id FROM payments WHERE customer_id = CAST(:customer AS uuid))"
OF_SUBSCRIPTIONS: Final = (
    "subscription_id IN (SELECT id FROM subscriptions WHERE customer_id = CAST(:customer AS uuid))"
)
OF_QUESTIONS: Final = "question_id IN (SELECT id FROM questions WHERE customer_id = CAST(:customer AS uuid))"
OF_PARTNERS: Final = "partner_id IN (SELECT id FROM partners WHERE customer_id = CAST(:customer AS uuid))"
OF_CHANNELS: Final = "channel_id IN (SELECT id FROM telegram_channels WHERE customer_id = CAST(:customer AS uuid))"


def mentions(*texts: str) -> str:
    """Rows that name the person by Telegram id or username, which can be nobody else."""
    return "(" + " OR ".join(f"{text} ~* CAST(:marks AS text)" for text in texts) + ")"


def may_mention(text: str) -> str:
    """The same by the first name as well, which others share: only for records whose work is done."""
    return f"({mentions(text)} OR {text} ~ CAST(:names AS text))"


def about(chat: str, text: str) -> str:
    """Chats that name the person. By the first name only those of the operator's people: another customer writes and
    is told of things that are called the same, a plan or a word, and what they were told must not be told again."""
    another = f"EXISTS (SELECT FROM customers other WHERE other.telegram_id = {chat} AND other.staff_role IS NULL)"
    return f"({mentions(text)} OR {text} ~ CAST(:names AS text) AND NOT {another})"


def queued_work(payload: str) -> str:
    """Work about the person, by our id of them or by Telegram's."""
    return f"(strpos({payload}, CAST(:customer AS text)) > 0 OR {mentions(payload)})"


QUEUED: Final = queued_work("convert_from(payload, 'UTF8')")

_REFS: Final = """(SELECT array_agg(ref) FROM (SELECT CAST(:person AS text) AS ref
    UNION ALL SELECT id::text FROM orders WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT payment_key FROM payments WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT session_ref FROM checkout_attempts JOIN orders ON orders.id = order_id
        WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT subscription_ref FROM checkout_attempts JOIN orders ON orders.id = order_id
        WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT provider_ref FROM subscriptions WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT refund_key FROM refunds JOIN payments ON payments.id = payment_id
        WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT dispute_key FROM disputes JOIN payments ON payments.id = payment_id
        WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT external_customer_id FROM payment_accounts WHERE customer_id = CAST(:customer AS uuid)
    ) AS own WHERE length(ref) >= 8 OR ref = CAST(:person AS text))"""
"""The person's number, and the things they bought, as we and their providers call them, but for what is so short that
it may be somebody else's."""

_BODY: Final = "encode(body, 'escape')"
LETTERS: Final = f"""({mentions("event::text", _BODY)} OR EXISTS (SELECT FROM unnest({_REFS}) AS ref
    WHERE length(ref) >= 8 AND (strpos(event::text, ref) > 0 OR strpos({_BODY}, ref) > 0)))"""
"""Events that name the person, or something of theirs, anywhere: read through, so only for few."""
WEBHOOKS: Final = f"({EVENT_REFS} && {_REFS} OR status IN ('ignored', 'parked') AND {LETTERS})"
"""The same of all: what was applied is found by what it named."""
UNSETTLED: Final = """(status = 'parked' AND 'inbox:' || id NOT IN (SELECT key FROM alarms
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

_ABOUT_OURS: Final = """subject IN (
    SELECT id::text FROM accesses WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT id::text FROM telegram_channels WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT id::text FROM orders WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT id::text FROM payments WHERE customer_id = CAST(:customer AS uuid)
    UNION ALL SELECT id::text FROM subscriptions WHERE customer_id = CAST(:customer AS uuid))"""
_ABOUT_THEM: Final = (
    f"actor = CAST(:person AS text) OR subject = CAST(:customer AS text) OR {mentions('subject', 'why', 'facts::text')}"
)
AUDIT: Final = f"({_ABOUT_THEM} OR {_ABOUT_OURS})"
"""What the person did, and what was done to them or to what is theirs."""
AUDIT_WORDS: Final = f"({_ABOUT_THEM} OR actor <> 'system' AND {_ABOUT_OURS})"
"""The same without what the product itself writes about things, which names nobody."""

NOBODYS: Final[Mapping[str, str]] = {
    "service_plans": " ".join(service_plans.c.keys()),
    "resources": "id soft_id kind title entry status tidy welcome created_at updated_at",
    "seen_chats": " ".join(seen_chats.c.keys()),
    "resource_contents": "resource_id form body",
    "plan_resources": "plan_id resource_id position",
    "plan_payment_prices": "plan_id provider external_price_id price_minor price_currency",
    "payment_methods": "provider enabled position changed_by changed_at",
    "promotions": "id code percent amount_minor amount_currency days plan_id first_only once uses expires_at created_at"
    " created_by stopped_at",
    "receipt_series": "series year last_number",
    "userbot_accounts": "id phone label session status status_reason telegram_id channel_cap day_cap pace channels_used"
    " created_today day next_create_at flood_until retry_at setbacks created_at",
    "bots": "telegram_id username role updated_at",
    "trial_marks": "mark created_at",
    "staff_operations": "id command digest at outcome facts",
    "api_keys": "name digest abilities created_at last_used_at held_at",
    "custom_settings": "name value changed_at",
    "own_roles": "name permissions",
    "custom_texts": "language key text changed_at",
    "account_bots": "account_id bot_id access_hash",
    "second_owners": "channel_id account_id link chosen_at access_hash promoted_at",
    "sweeps": "id status allowed live forced began_at closes_at ask_again_at undo_until",
    "sweep_decisions": "sweep_id step answer by at",
    "picks": "id key plan_id content status revision accepted_as created_at deadline",
    "pick_pictures": "pick_id original created_at",
    "record_entries": "plan_id number tip_id kind at starts_at origin salt body previous hash",
    "record_channels": "plan_id username language teasers",
    "record_posts": "plan_id kind subject number hash username text at message_id posted_at",
    "record_rules": "plan_id withdrawn",
    "receivers": "id name url kinds secret old_secret old_until created_at failures failing_since rests_until off_since"
    " off_reason",
    "kept_figures": "question counted_at asked_at answer",
    "tallies": "name label value",
    "scheduled_runs": "name subject ran_at",
    "variables": "name value updated_at",
    "pgqueuer_statistics": "id created count priority status entrypoint",
    "pgqueuer_schedules": "id expression entrypoint heartbeat created updated next_run last_run status",
    "alembic_version": "version_num",
}
"""Tables without data about customers, and their columns: the operator's own goods, accounts and people. `variables`
lists by number who was found inside the VIP channel without having paid, so that nobody removes them;
`trial_marks` names nobody to whoever lacks their key; `staff_operations` keeps digests, dates and amounts."""
