"""How the business goes over months, each question one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import RowMapping

from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.reversal import RefundStatus
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.figures import Cohort, Entering, Funnel, Leaving, Recurring, Revenue
from subscriptions.infrastructure.repositories.store import Unit

# Sorting every customer fits into memory with this, and goes to the disk with what a server has by itself. What is
# asked once a minute is not worth compiling.
_ROOM: Final = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"
_COUNTS: Final = f"status IN ('{PaymentStatus.CAPTURED.value}', '{PaymentStatus.REFUNDED.value}')"

# Months in twice the minor units, so that half a cent is rounded up by whole numbers alone.
_MONTHLY: Final = """
    CASE unit WHEN 'month' THEN (2 * minor + many) / (2 * many)
              WHEN 'year' THEN (2 * minor + 12 * many) / (24 * many)
              WHEN 'week' THEN (104 * minor + 12 * many) / (24 * many)
              ELSE (730 * minor + 12 * many) / (24 * many) END
"""
# What never gave time was never anybody's; what gave time for nothing, as a trial does, counts once it was paid for.
_PAID_FOR: Final = f"""
    subscriptions.access_until IS NOT NULL AND subscriptions.price_minor > 0 AND (orders.trial_days = 0 OR EXISTS (
        SELECT FROM payments WHERE payments.order_id = orders.id AND payments.{_COUNTS} AND payments.amount_minor > 0))
"""
_BEGAN: Final = "subscriptions.created_at + orders.trial_days * interval '1 day'"
# A subscription's times with one price: those before each change of plan or price, and the last.
_SPANS: Final = f"""
    WITH changed AS (
        SELECT subscription_id, max(changed_at) AS since FROM plan_changes GROUP BY 1
    ), before AS (
        SELECT subscription_id, from_plan_id AS plan_id, old_price_minor AS minor, old_price_currency AS currency,
               lag(changed_at) OVER (PARTITION BY subscription_id ORDER BY changed_at) AS since, changed_at AS until
        FROM plan_changes
    ), priced AS (
        SELECT customer_id, currency, minor, since, until,
               CASE WHEN same THEN bought_unit ELSE service_plans.interval END AS unit,
               CASE WHEN same THEN bought_many ELSE service_plans.interval_count END AS many
        FROM (
            SELECT subscriptions.customer_id, subscriptions.price_currency AS currency,
                   subscriptions.price_minor AS minor, greatest({_BEGAN}, changed.since) AS since, ended_at AS until,
                   subscriptions.plan_id, subscriptions.plan_id = orders.plan_id AS same,
                   orders.interval AS bought_unit, orders.interval_count AS bought_many
            FROM subscriptions JOIN orders ON orders.id = subscriptions.order_id
            LEFT JOIN changed ON changed.subscription_id = subscriptions.id
            WHERE orders.recurring AND {_PAID_FOR}
            UNION ALL
            SELECT subscriptions.customer_id, currency, minor, greatest({_BEGAN}, before.since),
                   least(before.until, ended_at), before.plan_id, before.plan_id = orders.plan_id, orders.interval,
                   orders.interval_count
            FROM before JOIN subscriptions ON subscriptions.id = before.subscription_id
            JOIN orders ON orders.id = subscriptions.order_id
            WHERE orders.recurring AND {_PAID_FOR}
        ) AS times JOIN service_plans ON service_plans.id = times.plan_id
        WHERE until IS NULL OR since < until
    ), spans AS (SELECT customer_id, currency, since, until, {_MONTHLY} AS minor FROM priced WHERE unit IS NOT NULL)
"""
# place: the first edge at which it is seen, or is seen no more.
_RECURRING: Final = f"""
    {_SPANS}, moves AS (
        SELECT customer_id, currency, place, sum(minor) AS minor FROM (
            SELECT customer_id, currency, width_bucket(since, CAST(:edges AS timestamptz[])) AS place, minor FROM spans
            UNION ALL
            SELECT customer_id, currency, width_bucket(until, CAST(:edges AS timestamptz[])), -minor FROM spans
            WHERE until IS NOT NULL
        ) AS steps GROUP BY 1, 2, 3
    ), seen AS (
        SELECT currency, place, minor, sum(minor) OVER run AS after, first_value(place) OVER run AS first
        FROM moves WHERE place < :edge_count WINDOW run AS (PARTITION BY customer_id, currency ORDER BY place)
    )
    SELECT place, currency,
           coalesce(sum(minor) FILTER (WHERE after = minor AND first = place), 0) AS new,
           coalesce(sum(minor) FILTER (WHERE after = minor AND first < place), 0) AS returned,
           coalesce(sum(minor) FILTER (WHERE after > minor AND minor > 0), 0) AS grown,
           coalesce(-sum(minor) FILTER (WHERE after > 0 AND minor < 0), 0) AS shrunk,
           coalesce(-sum(minor) FILTER (WHERE after = 0 AND minor < 0), 0) AS lost,
           count(*) FILTER (WHERE after = minor AND minor > 0) AS came,
           count(*) FILTER (WHERE after = 0 AND minor < 0) AS gone
    FROM seen GROUP BY 1, 2
"""
_COHORTS: Final = f"""
    WITH spans AS (
        SELECT subscriptions.customer_id, {_BEGAN} AS since, ended_at AS until
        FROM subscriptions JOIN orders ON orders.id = subscriptions.order_id
        WHERE {_PAID_FOR} AND (ended_at IS NULL OR {_BEGAN} < ended_at)
    ), moves AS (
        SELECT customer_id, place, sum(step) AS step FROM (
            SELECT customer_id, width_bucket(since, CAST(:edges AS timestamptz[])) AS place, 1 AS step FROM spans
            UNION ALL
            SELECT customer_id, width_bucket(until, CAST(:edges AS timestamptz[])), -1 FROM spans
            WHERE until IS NOT NULL
        ) AS steps GROUP BY 1, 2
    ), seen AS (
        SELECT place, step, sum(step) OVER run AS after, first_value(place) OVER run AS first
        FROM moves WHERE place < :edge_count WINDOW run AS (PARTITION BY customer_id ORDER BY place)
    )
    SELECT first, place, count(*) FILTER (WHERE place = first) AS size,
           sum(CAST(after > 0 AS int) - CAST(after - step > 0 AS int)) AS stayed
    FROM seen WHERE first > 0 GROUP BY 1, 2
"""
_REVENUE: Final = f"""
    WITH changes AS (
        SELECT subscription_id, from_plan_id AS plan_id, changed_at AS until,
               coalesce(lag(changed_at) OVER (PARTITION BY subscription_id ORDER BY changed_at), '-infinity') AS since
        FROM plan_changes
    ), moved AS (
        SELECT id, amount_minor AS minor, amount_currency AS currency, 1 AS came, occurred_at, provider,
               subscription_id, order_id
        FROM payments WHERE {_COUNTS} AND occurred_at >= :since AND occurred_at < :until
        UNION ALL
        SELECT payments.id, -refunds.amount_minor, refunds.amount_currency, 0, payments.occurred_at, payments.provider,
               subscription_id, order_id
        FROM refunds JOIN payments ON payments.id = refunds.payment_id
        WHERE refunds.status = '{RefundStatus.GIVEN.value}'
            AND refunds.occurred_at >= :since AND refunds.occurred_at < :until
    )
    SELECT moved.provider, currency, coalesce(changes.plan_id, subscriptions.plan_id, orders.plan_id) AS plan_id,
           sum(minor) AS minor, sum(came) AS payments
    FROM moved JOIN orders ON orders.id = moved.order_id
    LEFT JOIN subscriptions ON subscriptions.id = moved.subscription_id
    LEFT JOIN changes ON changes.subscription_id = moved.subscription_id
        AND moved.occurred_at >= changes.since AND moved.occurred_at < changes.until
    GROUP BY 1, 2, 3 ORDER BY currency, minor DESC, 1, 3
"""
_FUNNEL: Final = f"""
    SELECT coalesce(source, '') AS source, count(*) AS started,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM payments WHERE payments.customer_id = customers.id AND {_COUNTS})) AS paid,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM accesses WHERE accesses.customer_id = customers.id AND joined_at IS NOT NULL)) AS joined
    FROM customers WHERE created_at >= :since AND created_at < :until
    GROUP BY 1 ORDER BY started DESC, 1
"""
_LEAVING: Final = """
    SELECT coalesce(end_reason, '') AS ended, coalesce(cancel_reason, '') AS reason, count(*) AS count
    FROM subscriptions WHERE access_until IS NOT NULL AND ended_at >= :since AND ended_at < :until
    GROUP BY 1, 2 ORDER BY count DESC, 1, 2
"""
_ENTERING: Final = """
    SELECT count(*) AS count, percentile_disc(0.5) WITHIN GROUP (ORDER BY joined_at - paid_at) AS median,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY joined_at - paid_at) AS most
    FROM accesses JOIN telegram_channels ON telegram_channels.id = accesses.channel_id
    JOIN subscriptions ON subscriptions.id = telegram_channels.subscription_id
    JOIN orders ON orders.id = subscriptions.order_id
    WHERE joined_at >= :since AND joined_at < :until AND joined_at >= paid_at
"""


class SqlFiguresRepository:
    """FiguresRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def recurring(self, edges: Sequence[datetime]) -> Sequence[Recurring]:
        """See the port."""
        rows = {(row["currency"], row["place"]): row for row in await self._over(_RECURRING, edges)}
        found = list[Recurring]()
        for currency in sorted({currency for currency, _ in rows}):
            begun = rows.get((currency, 0))
            opening, payers = (int(begun["new"]), int(begun["came"])) if begun else (0, 0)
            for place, month in enumerate(edges[:-1], start=1):
                moved = _moved(rows.get((currency, place)))
                payers += moved["came"] - moved["gone"]
                money = {name: Money(moved[name], currency) for name in _MOVES}
                each = Recurring(
                    month=month,
                    opening=Money(opening, currency),
                    **money,
                    came=moved["came"],
                    gone=moved["gone"],
                    payers=payers,
                )
                opening = each.closing.minor
                found.append(each)
        return sorted(found, key=lambda each: (each.month, each.opening.currency))

    async def revenue(self, since: datetime, until: datetime) -> Sequence[Revenue]:
        """See the port."""
        return [
            Revenue(
                provider=row["provider"],
                plan_id=PlanId(row["plan_id"]),
                amount=Money(int(row["minor"]), row["currency"]),
                payments=int(row["payments"]),
            )
            for row in await self._rows(_REVENUE, since=since, until=until)
        ]

    async def cohorts(self, edges: Sequence[datetime]) -> Sequence[Cohort]:
        """See the port."""
        rows = {(row["first"], row["place"]): row for row in await self._over(_COHORTS, edges)}
        found = list[Cohort]()
        for first, month in enumerate(edges[:-1], start=1):
            kept, alive = list[int](), 0
            for place in range(first, len(edges)):
                row = rows.get((first, place))
                alive += int(row["stayed"]) if row is not None else 0
                kept.append(alive)
            begun = rows.get((first, first))
            found.append(Cohort(month=month, size=int(begun["size"]) if begun else 0, kept=tuple(kept)))
        return found

    async def funnel(self, since: datetime, until: datetime) -> Sequence[Funnel]:
        """See the port."""
        return [Funnel(**row) for row in await self._rows(_FUNNEL, since=since, until=until)]

    async def leaving(self, since: datetime, until: datetime) -> Sequence[Leaving]:
        """See the port."""
        return [Leaving(**row) for row in await self._rows(_LEAVING, since=since, until=until)]

    async def entering(self, since: datetime, until: datetime) -> Entering | None:
        """See the port."""
        (row,) = await self._rows(_ENTERING, since=since, until=until)
        return Entering(**row) if row["count"] else None

    async def _over(self, query: str, edges: Sequence[datetime]) -> Sequence[RowMapping]:
        return await self._rows(query, edges=list(edges), edge_count=len(edges))

    async def _rows(self, query: str, **values: Any) -> Sequence[RowMapping]:
        await self._unit.connection.execute(text(_ROOM))
        return (await self._unit.connection.execute(text(query), values)).mappings().all()


_MOVES: Final = ("new", "returned", "grown", "shrunk", "lost")


def _moved(row: RowMapping | None) -> dict[str, int]:
    return {name: int(row[name]) if row is not None else 0 for name in (*_MOVES, "came", "gone")}
