"""What a table and its columns say of people: whose its rows are, what each column is, and what an erasure does.

`personal_tables` makes the export, the erasure and docs/privacy.md of it. A column says it where its type does not:
keys of ours, states and times are `technical` by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


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

Info = dict[Any, Any]
"""What a column or a table says beside its type (`info`)."""
IDENTITY, CONTACT, CONTENT, MONEY, TECHNICAL, OTHERS = ({"holds": kind} for kind in KINDS)
OURS: Final = {"holds": "ours"}
"""The operator's own goods, accounts and people: of tables that are nobody's."""
NOBODYS: Final = {"person": None}
"""A table that names what is somebody's, and tells nothing of them."""


def with_erasure(holds: Info, value: str) -> Info:
    """A column that an erasure overwrites. value: by which SQL."""
    return holds | {"erased": value}


@dataclass(frozen=True)
class Person:
    """whose: the SQL condition of a person's rows. fate: what an erasure does, to these or to those of `scope`.

    reason: for what stays, and until when.
    """

    whose: str
    fate: Fate = Fate.KEEP
    scope: str = ""
    reason: str = ""


def person(whose: str, fate: Fate = Fate.KEEP, *, scope: str = "", reason: str = "") -> Info:
    """A table with rows of people."""
    return {"person": Person(whose, fate, scope, reason)}


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
OF_CHANNELS: Final = "channel_id IN (SELECT id FROM telegram_channels WHERE customer_id = CAST(:customer AS uuid))"


def mentions(*texts: str) -> str:
    """Rows that name the person by Telegram id or username, which can be nobody else."""
    return "(" + " OR ".join(f"{text} ~* CAST(:marks AS text)" for text in texts) + ")"


def may_mention(text: str) -> str:
    """The same by the first name as well, which others share: only for records whose work is done."""
    return f"({mentions(text)} OR {text} ~ CAST(:names AS text))"


def names_person(chat: str, text: str) -> str:
    """Chats that name the person. By the first name only those of the operator's people: another customer writes and
    is told of things that are called the same, a plan or a word, and what they were told must not be told again."""
    another = f"EXISTS (SELECT FROM customers other WHERE other.telegram_id = {chat} AND other.staff_role IS NULL)"
    return f"({mentions(text)} OR {text} ~ CAST(:names AS text) AND NOT {another})"


def queued_work(payload: str) -> str:
    """Work about the person, by our id of them or by Telegram's."""
    return f"(strpos({payload}, CAST(:customer AS text)) > 0 OR {mentions(payload)})"


QUEUED_WORK: Final = queued_work("convert_from(payload, 'UTF8')")

REFS: Final = """(SELECT array_agg(ref) FROM (SELECT CAST(:person AS text) AS ref
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
