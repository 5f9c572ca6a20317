"""Repository of statistics, calculated by a few aggregate queries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import RowMapping

from subscriptions.domain.entities.subscription import LIVE
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import DayNumbers, PlanNumbers
from subscriptions.infrastructure.database.list_parts import ACTIVE
from subscriptions.infrastructure.database.returned_money import COUNTS, RETURNED_MONEY
from subscriptions.infrastructure.repositories.store import Unit

# `access_until IS NOT NULL` excludes subscriptions that never gave access, such as those of unpaid orders.
_PLANS: Final = f"""
    SELECT plan_id,
           count(*) FILTER (WHERE {ACTIVE}) AS active,
           count(*) FILTER (WHERE created_at >= :since) AS new,
           count(*) FILTER (WHERE ended_at >= :since) AS churn
    FROM subscriptions
    WHERE access_until IS NOT NULL
        AND (status = ANY(CAST(:live AS text[])) OR created_at >= :since OR ended_at >= :since)
    GROUP BY plan_id
    ORDER BY active DESC, new DESC, plan_id
"""
_COUNT_EARLIER: Final = """
    SELECT count(*) FROM subscriptions
    WHERE access_until IS NOT NULL AND created_at < :first AND (ended_at IS NULL OR ended_at >= :first)
"""
# Number of the day that contains a timestamp, starting with 1. Days are delimited by the edges, because a day may have
# 23 or 25 hours.
_MOVES: Final = """
    SELECT width_bucket(at, CAST(:edges AS timestamptz[])) AS day, sum(new) AS new, sum(lost) AS lost FROM (
        SELECT created_at AS at, 1 AS new, 0 AS lost FROM subscriptions
        WHERE access_until IS NOT NULL AND created_at >= :first AND created_at < :last
        UNION ALL
        SELECT ended_at, 0, 1 FROM subscriptions
        WHERE access_until IS NOT NULL AND ended_at >= :first AND ended_at < :last
    ) AS moves GROUP BY day
"""
_MONEY: Final = f"""
    SELECT width_bucket(at, CAST(:edges AS timestamptz[])) AS day, currency, sum(minor) AS minor FROM (
        SELECT occurred_at AS at, amount_currency AS currency, amount_minor AS minor FROM payments
        WHERE {COUNTS} AND occurred_at >= :first AND occurred_at < :last
        UNION ALL
        SELECT returned.occurred_at, currency, -minor
        FROM {RETURNED_MONEY} AS returned JOIN payments ON payments.id = returned.payment_id
        WHERE {COUNTS} AND returned.occurred_at >= :first AND returned.occurred_at < :last
    ) AS moves GROUP BY day, currency ORDER BY day, currency
"""


class SqlNumbersRepository:
    """NumbersRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def plans(self, start: datetime) -> Sequence[PlanNumbers]:
        """Return the figures of each plan, the plan with the most active subscriptions first."""
        rows = await self._rows(_PLANS, since=start, live=[status.value for status in LIVE])
        return [PlanNumbers(**{**row, "plan_id": PlanId(row["plan_id"])}) for row in rows]

    async def days(self, edges: Sequence[datetime]) -> Sequence[DayNumbers]:
        """Return the figures of each day. A day lies between two consecutive edges."""
        span = {"first": edges[0], "last": edges[-1]}
        active = int((await self._unit.connection.execute(text(_COUNT_EARLIER), {"first": edges[0]})).scalar_one())
        moves = {int(row["day"]): row for row in await self._rows(_MOVES, edges=list(edges), **span)}
        money = await self._rows(_MONEY, edges=list(edges), **span)
        day_numbers = []
        for number, begins in enumerate(edges[:-1], start=1):
            row = moves.get(number)
            new, lost_count = (int(row["new"]), int(row["lost"])) if row is not None else (0, 0)
            active += new - lost_count
            takings = tuple(Money(int(each["minor"]), each["currency"]) for each in money if each["day"] == number)
            day_numbers.append(DayNumbers(day=begins, active=active, new=new, churn=lost_count, revenue=takings))
        return day_numbers

    async def _rows(self, query: str, **values: Any) -> Sequence[RowMapping]:
        return (await self._unit.connection.execute(text(query), values)).mappings().all()
