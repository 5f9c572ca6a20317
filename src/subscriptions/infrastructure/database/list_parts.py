"""SQL and filters that several lists share."""

from collections.abc import Sequence
from typing import Final

from subscriptions.application.access.resource_kind import resource_kinds
from subscriptions.application.lists.columns import Face
from subscriptions.application.lists.list_model import Filter
from subscriptions.application.staff.command import StaffCommand
from subscriptions.infrastructure.database.people_search import named

LIVE: Final = "('trialing', 'active', 'past_due', 'paused', 'canceled')"
LABEL: Final = "concat_ws(' ', nullif(service_plans.emoji, ''), service_plans.name)"
SOFT_ID: Final = "service_plans.soft_id"
PERSON: Final = named("customers")
STAFF_BY: Final = "staff.telegram_id = CASE WHEN {0} ~ '^[0-9]{{1,18}}$' THEN {0}::bigint END"
"""Who of staff a text names: compared as a number, by which people are found; as texts all of them would be read."""
FACTS_NAMED: Final = (
    "CASE WHEN {0} ? 'plan' THEN {0} || coalesce((SELECT jsonb_build_object('plan', "
    f"{LABEL}) FROM service_plans WHERE {SOFT_ID} = {{0}}->>'plan'), '{{{{}}}}'::jsonb) ELSE {{0}} END"
)
"""What an act is said by, its plan under the name that people know."""
CUSTOMER_BY: Final = (
    "customers.id = CASE WHEN {0} ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN {0}::uuid END"
)
"""Which customer a text names by our id, in the same way."""
REFERENCE: Final = "upper(left(replace({}::text, '-', ''), 8))"
ACCESS_END: Final = (
    "subscriptions.access_until + CASE WHEN subscriptions.status = 'past_due'"
    " THEN coalesce(make_interval(days => service_plans.grace_days), CAST(:grace AS interval))"
    " ELSE interval '0' END"
)
"""The end of access that people are shown, days of grace included (`access_policy.shown_end`)."""
ENDING: Final = (
    f"subscriptions.status IN {LIVE} AND (subscriptions.status = 'canceled' OR subscriptions.provider_ref IS NULL)"
    " AND subscriptions.access_until < CAST(:now AS timestamptz) + interval '1 day'"
)
"""Ends within a day: nobody charges for it again. What renews by itself goes on."""

MISSING: Final = (
    "(SELECT {0} FROM plan_resources JOIN resources ON resources.id = plan_resources.resource_id"
    " WHERE plan_resources.plan_id = service_plans.id AND (resources.status = 'retired' OR resources.kind IN ("
    + ", ".join(f"'{name}'" for name, kind in resource_kinds().items() if kind.has_place)
    + ") AND NOT EXISTS (SELECT FROM telegram_channels WHERE telegram_channels.resource_id = resources.id"
    " AND telegram_channels.status <> 'deleted')))"
)
"""What a plan opens and nobody can enter, for which it is not sold: `plan_catalog.missing_of` in SQL, held to it by a
test."""
MISSING_TITLES: Final = MISSING.format("string_agg(resources.title, ', ' ORDER BY plan_resources.position)")
MISSING_NAMES: Final = (
    f"coalesce({MISSING.format('array_agg(resources.soft_id::text ORDER BY plan_resources.position)')}, '{{}}')"
)
UNSOLD: Final = f"service_plans.active AND {MISSING.format('count(*)')} > 0"
"""On offer by its operator's wish, and sold to nobody."""

IS_PAYER: Final = (
    "orders.status = 'open' AND orders.expires_at > CAST(:now AS timestamptz) AND (SELECT true FROM checkout_attempts"
    " WHERE checkout_attempts.order_id = orders.id AND checkout_attempts.status <> 'closed' LIMIT 1) IS NOT NULL"
)
"""Sales under way: somebody has a page to pay at, and may still do so. Asked of each order that is shown: of EXISTS
PostgreSQL would rather make a list of all attempts there are."""

GAVE_ACCESS: Final = "subscriptions.access_until IS NOT NULL"
"""What came to nothing, because it was never paid, is no subscription to anybody."""
CANNOT_ENTER: Final = "accesses.status IN ('action_required', 'failed')"
IN_TROUBLE: Final = "userbot_accounts.status NOT IN ('active', 'full', 'retired')"

BOTH: Final = Face.STAFF | Face.PROGRAMS


def names(*acts: type[StaffCommand]) -> Sequence[str]:
    """Return the names of acts of staff."""
    return tuple(act.name for act in acts)


def search(condition: str = PERSON) -> Filter:
    """Return the free search of a list."""
    return Filter("q", condition)


def of_plan(condition: str = f"{SOFT_ID} = :value") -> Filter:
    """Return the filter by plan."""
    return Filter("plan", condition, offers="plans", faces=BOTH, description="Only of this plan, by its soft id.")


def of_provider(column: str) -> Filter:
    """Return the filter by way to pay."""
    return Filter(
        "provider", f"{column} = :value", offers="providers", faces=BOTH, description="Only of this provider."
    )


def of_customer(column: str) -> Filter:
    """Return the filter by whose it is, which programs ask."""
    condition = f"{column} = CAST(:value AS uuid)"
    return Filter(
        "customer", condition, kind="uuid", faces=Face.PROGRAMS, description="Only of this customer, by their id."
    )


def by_id(condition: str) -> Filter:
    """Return the filter that outgoing events ask for one row by."""
    return Filter("id", condition, kind="uuid", faces=Face.EVENTS)


def span(moment: str) -> tuple[Filter, Filter]:
    """Return the filters between two days, of which the second one counts as well."""
    edges = {"since": (">=", "Since this moment."), "until": ("<", "Before this moment.")}
    start, end = (
        Filter(name, f"{moment} {sign} CAST(:value AS timestamptz)", kind="date", faces=BOTH, description=edge_about)
        for name, (sign, edge_about) in edges.items()
    )
    return start, end
