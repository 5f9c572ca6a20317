"""Declaration of the list of customers."""

from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.application.lists.columns import (
    Code,
    Day,
    Interface,
    Marks,
    Moment,
    Person,
    Plans,
    Sort,
    Sums,
    Tags,
    Text,
)
from subscriptions.application.lists.list_model import Filter, ForPrograms, ListModel
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import (
    BOTH,
    CANNOT_ENTER,
    LABEL,
    LIVE,
    SOFT_ID,
    by_id,
    of_plan,
    span,
)
from subscriptions.infrastructure.database.people_search import FOUND
from subscriptions.infrastructure.database.returned_money import COUNTS, back_of

_BY_CREATION: Final = Sort("created_at", "customers.created_at")


def _plans_by_state(name: str) -> str:
    return f"""ARRAY(
    SELECT {name} FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
    WHERE subscriptions.customer_id = customers.id AND subscriptions.status IN {LIVE} ORDER BY 1)"""


_HAS: Final = (
    "EXISTS (SELECT FROM subscriptions WHERE subscriptions.customer_id = customers.id"
    f" AND subscriptions.status IN {LIVE})"
)
_HAS_PAID: Final = "EXISTS (SELECT FROM payments WHERE payments.customer_id = customers.id)"
_HAS_PLAN: Final = (
    "EXISTS (SELECT FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id"
    f" WHERE subscriptions.customer_id = customers.id AND subscriptions.status IN {LIVE} AND {SOFT_ID} = :value)"
)
_SPENT_AMOUNT: Final = f"""(
    SELECT json_object_agg(currency, minor) FROM (
        SELECT payments.amount_currency AS currency, sum(payments.amount_minor - {back_of("payments")})::bigint AS minor
        FROM payments WHERE payments.customer_id = customers.id AND {COUNTS} GROUP BY 1
    ) AS spent)"""
_PAYING_SINCE: Final = (
    f"(SELECT min(payments.occurred_at) FROM payments WHERE payments.customer_id = customers.id AND {COUNTS})"
)
_JOIN_COLUMNS: Final = (
    "customers.id IN (SELECT accesses.customer_id FROM accesses"
    " WHERE accesses.joined_at >= CAST(:value AS timestamptz))"
)
_MARKS: Final = ("staff_role", "barred_at", "blocked_at", "unopened_at")
_STATES: Final = {
    "live": _HAS,
    "lapsed": f"{_HAS_PAID} AND NOT {_HAS}",
    "never": f"NOT {_HAS_PAID} AND NOT {_HAS}",
    "shut_out": f"customers.id IN (SELECT accesses.customer_id FROM accesses WHERE {CANNOT_ENTER})",
    "left": f"{_HAS} AND customers.id IN (SELECT customer_id FROM accesses WHERE status = 'left')",
    "banned": f"{_HAS} AND customers.id IN (SELECT customer_id FROM accesses WHERE status = 'banned')",
    "barred": "customers.barred_at IS NOT NULL",
    "blocked": "customers.blocked_at IS NOT NULL",
    "unopened": "customers.unopened_at IS NOT NULL",
    "staff": "customers.staff_role IS NOT NULL",
}

CUSTOMERS: Final = ListModel(
    name="customers",
    permission=StaffAction.SEE_CUSTOMERS,
    tables="customers",
    key=("customers.id", "uuid"),
    columns=(
        Text("id", "customers.id", interfaces=Interface.OUTSIDE, type=UUID),
        Moment("created_at", "customers.created_at", interfaces=Interface.EVENTS, type=datetime),
        Person("customer", sort=Sort("first_name", "lower(customers.first_name)", "text")),
        Text("first_name", "customers.first_name", interfaces=Interface.OUTSIDE, example="Ana"),
        Text(
            "username",
            "customers.username",
            interfaces=Interface.OUTSIDE,
            null=True,
            description="Username without @; null if there is none.",
            example="ana",
        ),
        Text(
            "last_name",
            "customers.last_name",
            interfaces=Interface.OUTSIDE,
            null=True,
            description="null if there is none, or it was never recorded.",
            example="Méndez",
        ),
        Plans(
            "plans",
            _plans_by_state(LABEL),
            soft_id=_plans_by_state(SOFT_ID),
            interfaces=Interface.ALL,
            type=list[str],
            description="Slugs of the plans with a live subscription.",
            example=["retabet"],
        ),
        Sums("spent", _SPENT_AMOUNT),
        Day("paying_since", _PAYING_SINCE),
        Tags(
            "tags",
            "coalesce(string_to_array(customers.tags, ' '), '{}')",
            interfaces=Interface.ALL,
            type=list[str],
            description="Tags that staff gave the customer.",
            example=["vip"],
        ),
        Marks("marks", more={each: f"customers.{each}" for each in _MARKS}),
        Text(
            "source",
            "customers.source",
            interfaces=Interface.STAFF | Interface.EVENTS,
            null=True,
            description="Source named in the link by which the customer arrived.",
        ),
        Code(
            "telegram_id",
            "customers.telegram_id",
            sort=Sort("telegram_id", "customers.telegram_id", "bigint"),
            interfaces=Interface.STAFF | Interface.EVENTS,
            type=int,
            example=7000000001,
        ),
        Day("created_at", "customers.created_at", sort=_BY_CREATION),
    ),
    filters=(
        Filter(
            "q",
            FOUND,
            interfaces=BOTH,
            description="Only customers found by this: any part of their names, username, id, order or plan, the number"
            " of a receipt, or the name of their account at a provider. Accents, case and the order of words do not"
            " matter; one letter may be wrong if nothing else is found.",
        ),
        Filter(
            "state",
            choices=_STATES,
            words="customer_state",
            interfaces=BOTH,
            description="Only customers in this state.",
        ),
        of_plan(_HAS_PLAN),
        Filter("source", "customers.source ILIKE :like"),
        Filter(
            "tag",
            "string_to_array(customers.tags, ' ') @> ARRAY[CAST(:value AS text)]",
            offers="tags",
            interfaces=BOTH,
            description="Only customers with this tag.",
        ),
        *span("customers.created_at"),
        Filter("joined", _JOIN_COLUMNS, kind="date"),
        Filter(
            "telegram_id",
            "customers.telegram_id = CAST(:value AS bigint)",
            kind="number",
            interfaces=Interface.PROGRAMS,
            description="Only the customer with this Telegram id.",
        ),
        by_id("customers.id = CAST(:value AS uuid)"),
    ),
    sort=_BY_CREATION,
    programs=ForPrograms(
        item="Customer", summary="Customers, newest first", ability=Ability.CUSTOMERS, sort=_BY_CREATION
    ),
)
