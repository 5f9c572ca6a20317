"""SQL fragments and filters shared by several lists."""

from collections.abc import Sequence
from typing import Final

from subscriptions.application.access.resource_kind import resource_kinds
from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Filter
from subscriptions.application.staff.command import StaffCommand
from subscriptions.domain.services.access_policy import LATE
from subscriptions.infrastructure.database.people_search import named
from subscriptions.infrastructure.database.returned_money import COUNTS
from subscriptions.infrastructure.database.tables.accounts import CAN_PROVIDE_CHANNEL
from subscriptions.infrastructure.database.tables.resources import HINDERED

LIVE: Final = "('trialing', 'active', 'past_due', 'paused', 'canceled')"
ACTIVE: Final = "subscriptions.status IN ('trialing', 'active') AND subscriptions.paused_for IS NULL"
"""SQL of `Subscription.is_active`: neither suspended nor failing nor canceled."""
RENEWS: Final = (
    "subscriptions.provider_ref IS NOT NULL AND subscriptions.billing_stopped_at IS NULL"
    " AND subscriptions.status IN ('trialing', 'active', 'past_due', 'paused')"
)
"""SQL of `Subscription.renews`: the provider will charge again automatically."""
IS_RECURRING: Final = (
    f"{ACTIVE} AND {RENEWS} AND (subscriptions.upcoming_learned_at IS NULL OR subscriptions.upcoming_at IS NOT NULL)"
)
"""SQL of `Subscription.is_recurring`: active, and charged again."""
RECURRING: Final = (
    f"{IS_RECURRING} AND subscriptions.access_until IS NOT NULL AND subscriptions.price_minor > 0"
    " AND EXISTS (SELECT FROM payments JOIN orders ON orders.id = payments.order_id"
    f" WHERE payments.subscription_id = subscriptions.id AND {COUNTS} AND payments.amount_minor > 0"
    " AND orders.recurring)"
)
"""Condition of subscriptions that make up the monthly recurring revenue: charged again, and paid before by their
holder.
"""
LABEL: Final = "concat_ws(' ', nullif(service_plans.emoji, ''), service_plans.name)"
SOFT_ID: Final = "service_plans.soft_id"
PERSON: Final = named("customers")
STAFF_BY: Final = "staff.telegram_id = CASE WHEN {0} ~ '^[0-9]{{1,18}}$' THEN {0}::bigint END"
"""Condition that joins a staff member to a text column with a Telegram id. The values are compared as numbers so that
the index is used; a text comparison would read all rows.
"""
FACTS_NAMED: Final = (
    "CASE WHEN {0} ? 'plan' THEN {0} || coalesce((SELECT jsonb_build_object('plan', "
    f"{LABEL}) FROM service_plans WHERE {SOFT_ID} = {{0}}->>'plan'), '{{{{}}}}'::jsonb) ELSE {{0}} END"
)
"""SQL of the facts of a staff command, with the plan's slug replaced by its display name."""
CUSTOMER_BY: Final = (
    "customers.id = CASE WHEN {0} ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN {0}::uuid END"
)
"""Condition that joins a customer to a text column with our customer id. The values are compared as UUIDs so that the
index is used.
"""
REFERENCE: Final = "upper(left(replace({}::text, '-', ''), 8))"
ON_HOLD: Final = "coalesce(subscriptions.paused_for, 'provider') <> 'provider'"
"""SQL of `Subscription.on_hold`: Umbral suspends the access, so that no time runs."""
_IS_PAUSED_THERE: Final = "coalesce(subscriptions.paused_for, '') LIKE '%provider%'"
_STATUS: Final = (
    f"CASE WHEN {ON_HOLD} AND subscriptions.status = 'paused' AND NOT {_IS_PAUSED_THERE} THEN"
    " CASE WHEN subscriptions.owed_since IS NOT NULL THEN 'past_due'"
    " WHEN subscriptions.canceled_from = 'trialing' THEN 'trialing' ELSE 'active' END ELSE subscriptions.status END"
)
"""SQL of the status that a subscription would have if Umbral's suspension ended now (`access_policy.without_hold`)."""
_TIME_END: Final = (
    f"CASE WHEN {ON_HOLD} AND subscriptions.withheld_since < CAST(:now AS timestamptz)"
    " THEN greatest(subscriptions.access_until, subscriptions.withheld_since)"
    " + (CAST(:now AS timestamptz) - subscriptions.withheld_since) ELSE subscriptions.access_until END"
)
"""SQL of the end of the customer's time if Umbral's suspension ended now."""
_ACCESS_END: Final = (
    "(SELECT CASE WHEN subscriptions.charging_since IS NOT NULL AND subscriptions.billing_stopped_at IS NULL"
    f" AND NOT {_IS_PAUSED_THERE} AND (standing.status = 'active'"
    " OR (standing.status = 'canceled' AND subscriptions.cancel_at_period_end))"
    " THEN greatest(standing.time_end, subscriptions.current_period_end)"
    " WHEN standing.status = 'past_due' THEN"
    f" CASE WHEN subscriptions.owed_since > standing.time_end + interval '{LATE.days} day'"
    " THEN subscriptions.owed_since ELSE standing.time_end END"
    " + coalesce(make_interval(days => service_plans.grace_days), CAST(:grace AS interval))"
    f" ELSE standing.time_end END FROM (SELECT {_STATUS} AS status, {_TIME_END} AS time_end) AS standing)"
)
ACCESS_END: Final = f"CASE WHEN subscriptions.access_until IS NOT NULL THEN {_ACCESS_END} END"
"""SQL of the end of access as shown to people, including the grace period (`access_policy.shown_end`)."""
_ENDING: Final = (
    f"subscriptions.status IN {LIVE} AND NOT ({RENEWS}) AND NOT ({ON_HOLD})"
    " AND subscriptions.access_until < CAST(:now AS timestamptz) + interval '{} day'"
)
ENDING: Final = _ENDING.format(1)
"""Condition of subscriptions that end within a day without another charge. Automatically renewing subscriptions are
excluded, and those that Umbral suspends, whose time does not run.
"""
ENDING_SOON: Final = _ENDING.format(7)
"""Condition of subscriptions that end within a week without another charge."""

MISSING: Final = (
    "(SELECT {0} FROM plan_resources JOIN resources ON resources.id = plan_resources.resource_id"
    " WHERE plan_resources.plan_id = service_plans.id AND (resources.status = 'retired' OR resources.kind NOT IN ("
    + ", ".join(f"'{name}'" for name in resource_kinds())
    + ") OR resources.kind IN ("
    + ", ".join(f"'{name}'" for name, kind in resource_kinds().items() if kind.has_shared_chat)
    + ") AND NOT EXISTS (SELECT FROM telegram_channels WHERE telegram_channels.resource_id = resources.id"
    " AND telegram_channels.status <> 'deleted' AND NOT EXISTS (SELECT FROM seen_chats"
    f" WHERE seen_chats.chat_id = telegram_channels.channel_id AND {HINDERED}))"
    " OR resources.kind IN ("
    + ", ".join(f"'{name}'" for name, kind in resource_kinds().items() if kind.needs_account)
    + f") AND NOT {CAN_PROVIDE_CHANNEL}))"
)
"""SQL of the resources of a plan that customers cannot enter and that therefore prevent the plan's sale. It is
`plan_catalog.missing_of` in SQL, and a test compares both.
"""
MISSING_TITLES: Final = MISSING.format("string_agg(resources.title, ', ' ORDER BY plan_resources.position)")
MISSING_NAMES: Final = (
    f"coalesce({MISSING.format('array_agg(resources.soft_id::text ORDER BY plan_resources.position)')}, '{{}}')"
)
UNSOLD: Final = f"service_plans.active AND {MISSING.format('count(*)')} > 0"
"""Condition of plans that are on offer but cannot be sold, because customers cannot enter one of their resources."""

IS_PAYER: Final = (
    "orders.status = 'open' AND orders.expires_at > CAST(:now AS timestamptz) AND (SELECT true FROM checkout_attempts"
    " WHERE checkout_attempts.order_id = orders.id AND checkout_attempts.status <> 'closed' LIMIT 1) IS NOT NULL"
)
"""Condition of orders that are being paid: a checkout is open and the order has not expired. The subquery runs per
displayed order; with EXISTS, PostgreSQL would build a list of all checkouts.
"""

GAVE_ACCESS: Final = "subscriptions.access_until IS NOT NULL"
"""Condition of subscriptions that were paid or granted. Unpaid subscriptions are excluded."""
CANNOT_ENTER: Final = "accesses.status IN ('action_required', 'failed')"
IN_TROUBLE: Final = "userbot_accounts.status NOT IN ('active', 'full', 'retired')"

BOTH: Final = Interface.STAFF | Interface.PROGRAMS


def names(*commands: type[StaffCommand]) -> Sequence[str]:
    """Return the names of staff commands."""
    return tuple(command.name for command in commands)


def search(condition: str = PERSON) -> Filter:
    """Return the filter for the free-text search of a list."""
    return Filter("q", condition)


def of_plan(condition: str = f"{SOFT_ID} = :value") -> Filter:
    """Return the filter of a list by a plan's slug. `condition`: SQL condition in which `:value` is the slug."""
    return Filter("plan", condition, offers="plans", interfaces=BOTH, description="Only of the plan with this slug.")


def of_provider(column: str) -> Filter:
    """Return a list's filter by payment provider. `column`: SQL of the column with the provider's code."""
    return Filter(
        "provider", f"{column} = :value", offers="providers", interfaces=BOTH, description="Only of this provider."
    )


def of_currency(column: str) -> Filter:
    """Return a list's filter by currency. `column`: SQL of the column with the currency's code."""
    return Filter(
        "currency",
        f"{column} = :value",
        kind="currency",
        interfaces=BOTH,
        description="Only in this currency.",
    )


def of_customer(column: str) -> Filter:
    """Return a list's filter by customer id, which only the API offers. `column`: SQL of the column with the customer's
    id.
    """
    condition = f"{column} = CAST(:value AS uuid)"
    return Filter(
        "customer",
        condition,
        kind="uuid",
        interfaces=Interface.PROGRAMS,
        description="Only of the customer with this id.",
    )


def by_id(condition: str) -> Filter:
    """Return the filter that selects one row by its id, which only webhook events use."""
    return Filter("id", condition, kind="uuid", interfaces=Interface.EVENTS)


def span(moment: str) -> tuple[Filter, Filter]:
    """Return the filters `since` (from this time on) and `until` (before this time) for a timestamp column."""
    edges = {"since": (">=", "Only from this time on."), "until": ("<", "Only before this time.")}
    start, end = (
        Filter(
            name, f"{moment} {sign} CAST(:value AS timestamptz)", kind="date", interfaces=BOTH, description=edge_about
        )
        for name, (sign, edge_about) in edges.items()
    )
    return start, end
