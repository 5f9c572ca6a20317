"""Declarations of personal data on tables and columns: the person that a row belongs to, the kind of data in a column,
and the effect of an erasure.

`personal_tables` builds the export, the erasure and a page of the documentation from these declarations. A column needs
a declaration only if its type does not imply one: columns with our keys, states and times are `technical` by default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Fate(StrEnum):
    """Effect of an erasure on a person's rows."""

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
"""Declaration of a column or table, stored in SQLAlchemy's `info`."""
IDENTITY, CONTACT, CONTENT, MONEY, TECHNICAL, OTHERS = ({"holds": kind} for kind in KINDS)
OURS: Final = {"holds": "ours"}
"""Declaration of the operator's own data: plans, accounts and staff, in tables without rows about people."""
NOBODYS: Final = {"person": None}
"""Declaration of a table that references objects of a person but contains no data about the person."""


def with_erasure(holds: Info, value: str) -> Info:
    """Return the declaration of a column that an erasure overwrites. `value`: SQL value that the erasure writes."""
    return holds | {"erased": value}


@dataclass(frozen=True)
class Person:
    """Declaration of a table with rows about people.

    whose: SQL condition that selects a person's rows
    fate: effect of an erasure on these rows, or on the rows selected by `scope` if that is set
    reason: legal reason and period for which rows are kept
    """

    whose: str
    fate: Fate = Fate.KEEP
    scope: str = ""
    reason: str = ""


def person(whose: str, fate: Fate = Fate.KEEP, *, scope: str = "", reason: str = "") -> Info:
    """Return the declaration of a table with rows about people."""
    return {"person": Person(whose, fate, scope, reason)}


ERASED_NAME: Final = "—"
"""Text that replaces an erased name."""
LAW: Final = "Spanish commercial code, art. 30: six years; general tax law, art. 66: four"
BESIDE_MONEY: Final = "explains the payments it belongs to, as long as those are kept"

PERSON: Final = "CAST(:person AS bigint)"
OWN: Final = "customer_id = CAST(:customer AS uuid)"
OF_ORDERS: Final = "order_id IN (SELECT id FROM orders WHERE customer_id = CAST(:customer AS uuid))"
OF_PAYMENTS: Final = "payment_id IN (SELECT id FROM payments WHERE customer_id = CAST(:customer AS uuid))"
OF_SUBSCRIPTIONS: Final = (
    "subscription_id IN (SELECT id FROM subscriptions WHERE customer_id = CAST(:customer AS uuid))"
)
OF_CHANNELS: Final = "channel_id IN (SELECT id FROM telegram_channels WHERE customer_id = CAST(:customer AS uuid))"


def mentions(*texts: str) -> str:
    """Return the condition of rows that contain the person's Telegram id or username, which are unique to
    the person.
    """
    return "(" + " OR ".join(f"{text} ~* CAST(:marks AS text)" for text in texts) + ")"


def may_mention(text: str) -> str:
    """Return the condition of rows that contain the person's Telegram id, username or first name. Other people may have
    the same first name, so use it for finished records only.
    """
    return f"({mentions(text)} OR {text} ~ CAST(:names AS text))"


def names_person(chat: str, text: str) -> str:
    """Return the condition of rows that contain data about the person in a chat.

    The first name counts only in chats of staff. In another customer's chat it may be the name of a plan or an ordinary
    word, and the record of messages sent to that customer must be kept to prevent sending them twice.
    """
    another = f"EXISTS (SELECT FROM customers other WHERE other.telegram_id = {chat} AND other.staff_role IS NULL)"
    return f"({mentions(text)} OR {text} ~ CAST(:names AS text) AND NOT {another})"


def queued_work(payload: str) -> str:
    """Return the condition of jobs about the person, found by our customer id or by the Telegram id or username."""
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
"""SQL array with the person's Telegram id and the references of the person's purchases, both ours and the providers'.
References that are so short that they may match other people's data are left out.
"""

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
"""Condition of audit log entries about actions by the person, on the person, or on the person's objects."""
AUDIT_WORDS: Final = f"({_ABOUT_THEM} OR actor <> 'system' AND {_ABOUT_OURS})"
"""Condition like `AUDIT`, without entries that the application wrote about objects, which contain no name."""
