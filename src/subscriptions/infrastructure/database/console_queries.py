"""What the console's lists ask the tables: one statement each, with what it may be filtered and sorted by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from subscriptions.infrastructure.database.returned_money import back_of

_NAME_OF: Final = "customers.id AS customer_id, customers.first_name, customers.username, customers.telegram_id"
_PLAN: Final = "concat_ws(' ', nullif(service_plans.emoji, ''), service_plans.name) AS plan"
_PERSON: Final = (
    "(customers.first_name ILIKE :like OR customers.username ILIKE :like OR customers.telegram_id::text = :value)"
)
_OF_CUSTOMER: Final = "customers.id::text = :value"
_OF_PLAN: Final = "service_plans.soft_id = :value"
_REFERENCE: Final = "upper(left(replace({}::text, '-', ''), 8))"
_LIVE: Final = "('trialing', 'active', 'past_due', 'paused', 'canceled')"
ENDING: Final = (
    f"subscriptions.status IN {_LIVE} AND (subscriptions.status = 'canceled' OR subscriptions.provider_ref IS NULL)"
    " AND subscriptions.access_until < CAST(:now AS timestamptz) + interval '1 day'"
)
"""Ends within a day: nobody charges for it again. What renews by itself goes on."""


@dataclass(frozen=True)
class ListQuery:
    """columns, tables: SQL. key: the row's id, and its type. sorts: name → expression, never null, and its type.

    filters: name → condition on `:value`, or on `:like`, which has it with anything around; `:now` is business time.
    choices: a filter whose values are conditions themselves.
    """

    columns: str
    tables: str
    key: tuple[str, str]
    sorts: Mapping[str, tuple[str, str]]
    filters: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def since_until(moment: str) -> Mapping[str, str]:
    return {
        "since": f"{moment} >= CAST(:value AS timestamptz)",
        "until": f"{moment} < CAST(:value AS timestamptz)",
    }


_PLANS_HELD: Final = f"""ARRAY(
    SELECT concat_ws(' ', nullif(service_plans.emoji, ''), service_plans.name)
    FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
    WHERE subscriptions.customer_id = customers.id AND subscriptions.status IN {_LIVE} ORDER BY 1) AS plans"""
_HELD: Final = (
    "EXISTS (SELECT FROM subscriptions WHERE subscriptions.customer_id = customers.id"
    f" AND subscriptions.status IN {_LIVE})"
)
_EVER: Final = "EXISTS (SELECT FROM payments WHERE payments.customer_id = customers.id)"

LISTS: Final[Mapping[str, ListQuery]] = {
    "customers": ListQuery(
        f"customers.first_name, customers.username, customers.telegram_id, {_PLANS_HELD}, customers.source,"
        " customers.staff_role, customers.created_at, customers.barred_at, customers.blocked_at",
        "customers",
        ("customers.id", "uuid"),
        {
            "created_at": ("customers.created_at", "timestamptz"),
            "first_name": ("lower(customers.first_name)", "text"),
            "telegram_id": ("customers.telegram_id", "bigint"),
        },
        {
            "q": _PERSON,
            "source": "customers.source ILIKE :like",
            "plan": "EXISTS (SELECT FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id"
            f" WHERE subscriptions.customer_id = customers.id AND subscriptions.status IN {_LIVE} AND {_OF_PLAN})",
            **since_until("customers.created_at"),
        },
        {
            "state": {
                "live": _HELD,
                "lapsed": f"{_EVER} AND NOT {_HELD}",
                "never": f"NOT {_EVER} AND NOT {_HELD}",
                "barred": "customers.barred_at IS NOT NULL",
                "blocked": "customers.blocked_at IS NOT NULL",
                "staff": "customers.staff_role IS NOT NULL",
            }
        },
    ),
    "subscriptions": ListQuery(
        f"{_NAME_OF}, {_PLAN}, subscriptions.status, subscriptions.provider, subscriptions.price_minor,"
        " subscriptions.price_currency, subscriptions.created_at, subscriptions.access_until, subscriptions.ended_at,"
        " subscriptions.cancel_at_period_end",
        "subscriptions JOIN customers ON customers.id = subscriptions.customer_id"
        " JOIN service_plans ON service_plans.id = subscriptions.plan_id",
        ("subscriptions.id", "uuid"),
        {
            "created_at": ("subscriptions.created_at", "timestamptz"),
            "access_until": ("coalesce(subscriptions.access_until, to_timestamp(0))", "timestamptz"),
            "price": ("subscriptions.price_minor", "bigint"),
        },
        {
            "q": _PERSON,
            "customer": _OF_CUSTOMER,
            "status": "subscriptions.status = :value",
            "provider": "subscriptions.provider = :value",
            "plan": _OF_PLAN,
            **since_until("subscriptions.created_at"),
        },
        {
            "state": {
                "live": f"subscriptions.status IN {_LIVE}",
                "ending": ENDING,
                "canceling": f"subscriptions.status IN {_LIVE} AND subscriptions.cancel_at_period_end",
            }
        },
    ),
    "payments": ListQuery(
        f"{_NAME_OF}, {_PLAN}, {_REFERENCE.format('payments.order_id')} AS reference, payments.amount_minor,"
        " payments.amount_currency, payments.provider, payments.payment_key, payments.status, payments.flag,"
        f" payments.is_renewal, payments.occurred_at, {back_of('payments')} AS back_minor,"
        " payments.amount_currency AS back_currency",
        "payments JOIN customers ON customers.id = payments.customer_id JOIN orders ON orders.id = payments.order_id"
        " JOIN service_plans ON service_plans.id = orders.plan_id",
        ("payments.id", "uuid"),
        {
            "occurred_at": ("payments.occurred_at", "timestamptz"),
            "amount": ("payments.amount_minor", "bigint"),
        },
        {
            "q": f"({_PERSON} OR payments.payment_key = :value"
            f" OR {_REFERENCE.format('payments.order_id')} = upper(ltrim(:value, '#')))",
            "customer": _OF_CUSTOMER,
            "status": "payments.status = :value",
            "provider": "payments.provider = :value",
            "currency": "payments.amount_currency = upper(:value)",
            "plan": _OF_PLAN,
            **since_until("payments.occurred_at"),
        },
        {
            "state": {
                "flagged": "payments.status = 'flagged'",
                "renewal": "payments.is_renewal",
                "first": "NOT payments.is_renewal",
                "disputed": "EXISTS (SELECT FROM disputes WHERE disputes.payment_id = payments.id)",
                "disputed_open": "EXISTS (SELECT FROM disputes WHERE disputes.payment_id = payments.id"
                " AND disputes.closed_at IS NULL)",
            }
        },
    ),
    "channels": ListQuery(
        f"telegram_channels.title, telegram_channels.kind, telegram_channels.status, telegram_channels.channel_id,"
        f" {_NAME_OF}, {_PLAN}, accesses.status AS access, telegram_channels.account_id AS account,"
        " telegram_channels.created_at, telegram_channels.delete_at",
        "telegram_channels LEFT JOIN customers ON customers.id = telegram_channels.customer_id"
        " LEFT JOIN service_plans ON service_plans.id = telegram_channels.plan_id"
        " LEFT JOIN accesses ON accesses.channel_id = telegram_channels.id"
        " AND accesses.customer_id = telegram_channels.customer_id",
        ("telegram_channels.id", "uuid"),
        {"created_at": ("telegram_channels.created_at", "timestamptz")},
        {
            "q": f"(telegram_channels.title ILIKE :like OR {_PERSON} OR telegram_channels.channel_id::text = :value)",
            "customer": _OF_CUSTOMER,
            "status": "telegram_channels.status = :value",
            "account": "telegram_channels.account_id::text = :value",
            "plan": _OF_PLAN,
        },
        {
            "state": {
                "outside": "accesses.status IN ('action_required', 'failed', 'invited', 'pending')",
                "stuck": "accesses.status IN ('action_required', 'failed')",
                "stock": "telegram_channels.kind = 'personal' AND telegram_channels.customer_id IS NULL",
            }
        },
    ),
    "codes": ListQuery(
        f"activation_tokens.prefix, {_PLAN}, activation_tokens.campaign, activation_tokens.note,"
        " activation_tokens.duration_days, activation_tokens.created_at, activation_tokens.expires_at,"
        f" activation_tokens.used_at, activation_tokens.joined_at, activation_tokens.revoked_at, {_NAME_OF}",
        "activation_tokens JOIN service_plans ON service_plans.id = activation_tokens.plan_id"
        " LEFT JOIN customers ON customers.id = activation_tokens.used_by",
        ("activation_tokens.id", "uuid"),
        {
            "created_at": ("activation_tokens.created_at", "timestamptz"),
            "expires_at": ("activation_tokens.expires_at", "timestamptz"),
        },
        {
            "q": "(activation_tokens.prefix = upper(left(:value, 4)) OR activation_tokens.note ILIKE :like"
            f" OR {_PERSON})",
            "customer": _OF_CUSTOMER,
            "campaign": "activation_tokens.campaign ILIKE :like",
            "plan": _OF_PLAN,
        },
        {
            "state": {
                "usable": "activation_tokens.used_at IS NULL AND activation_tokens.revoked_at IS NULL"
                " AND activation_tokens.expires_at > CAST(:now AS timestamptz)",
                "used": "activation_tokens.used_at IS NOT NULL",
                "joined": "activation_tokens.joined_at IS NOT NULL",
                "revoked": "activation_tokens.revoked_at IS NOT NULL AND activation_tokens.used_at IS NULL",
                "expired": "activation_tokens.used_at IS NULL AND activation_tokens.revoked_at IS NULL"
                " AND activation_tokens.expires_at <= CAST(:now AS timestamptz)",
            }
        },
    ),
    "plans": ListQuery(
        f"service_plans.soft_id, {_PLAN}, service_plans.price_minor, service_plans.price_currency,"
        " service_plans.recurring, service_plans.interval, service_plans.interval_count, service_plans.duration_days,"
        " service_plans.ends_on,"
        " service_plans.access, service_plans.active, service_plans.honours_tokens, service_plans.position,"
        " (SELECT count(*) FROM subscriptions WHERE subscriptions.plan_id = service_plans.id"
        f" AND subscriptions.status IN {_LIVE}) AS people",
        "service_plans",
        ("service_plans.id", "uuid"),
        {"position": ("service_plans.position", "bigint"), "name": ("lower(service_plans.name)", "text")},
        {"q": "(service_plans.name ILIKE :like OR service_plans.soft_id ILIKE :like)"},
        {"state": {"active": "service_plans.active", "inactive": "NOT service_plans.active"}},
    ),
}
