"""Repository of monthly business figures, one statement per figure."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import text
from sqlalchemy.engine import RowMapping

from features.figures.domain.figures import (
    ALL,
    Churn,
    Cohort,
    CurrentRevenue,
    EntryTimes,
    Funnel,
    KeptAnswer,
    Part,
    RecurringRevenue,
    Renewal,
    Revenue,
    RevenueForecast,
)
from features.figures.ports import FIGURES_KEY, HORIZON, OVERDUE
from features.figures.repository.statements import (
    CHURN,
    COHORTS,
    CURRENT_REVENUE,
    CUSTOMERS,
    ENTRY_TIMES,
    FORECAST,
    FORGET,
    FUNNEL,
    KEEP,
    KEPT_ANSWERS,
    RECURRING_REVENUE,
    REVENUE,
    ROOM,
)
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.infrastructure.repositories.store import Unit


class SqlFiguresRepository:
    """FiguresRepository in PostgreSQL."""

    key: ClassVar = FIGURES_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def recurring_revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[RecurringRevenue]:
        """Implements `FiguresRepository.recurring_revenue`."""
        rows = {
            (row["currency"], row["place"]): row for row in await self._rows_by_edge(RECURRING_REVENUE, edges, part)
        }
        recurrings = list[RecurringRevenue]()
        for currency in sorted({currency for currency, _ in rows}):
            begun_row = rows.get((currency, 0))
            opening, payers = (int(begun_row["new"]), int(begun_row["came"])) if begun_row else (0, 0)
            for number, month in enumerate(edges[:-1], start=1):
                moves = _moves(rows.get((currency, number)))
                payers += moves["came"] - moves["gone"]
                money = {name: Money(moves[name], currency) for name in _MOVES}
                each = RecurringRevenue(
                    month=month,
                    opening=Money(opening, currency),
                    **money,
                    came=moves["came"],
                    gone=moves["gone"],
                    payers=payers,
                )
                opening = each.closing.minor
                recurrings.append(each)
        return sorted(recurrings, key=lambda each: (each.month, each.opening.currency))

    async def current_revenue(self, now: datetime, part: Part = ALL) -> Sequence[CurrentRevenue]:
        """Implements `FiguresRepository.current_revenue`."""
        lines = [
            CurrentRevenue(
                renewal=Renewal(row["renewal"]),
                subscriptions=int(row["subscriptions"]),
                monthly=Money(int(row["minor"]), row["currency"]),
            )
            for row in await self._rows(CURRENT_REVENUE, now=now, **_values(part))
        ]
        return sorted(lines, key=lambda each: (each.monthly.currency, list(Renewal).index(each.renewal)))

    async def forecast(self, now: datetime, part: Part = ALL) -> Sequence[RevenueForecast]:
        """Implements `FiguresRepository.forecast`."""
        lines = [
            RevenueForecast(
                charges=int(row["charges"]),
                amount=Money(int(row["minor"]), row["currency"]),
                trials=int(row["trials"]),
                trial_amount=Money(int(row["trial_minor"]), row["currency"]),
            )
            for row in await self._rows(FORECAST, since=now - OVERDUE, until=now + HORIZON, **_values(part))
        ]
        return sorted(lines, key=lambda each: each.amount.currency)

    async def revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Revenue]:
        """Implements `FiguresRepository.revenue`."""
        return [
            Revenue(
                month=edges[row["place"] - 1],
                provider=row["provider"],
                plan_id=PlanId(row["plan_id"]),
                amount=Money(int(row["minor"]), row["currency"]),
                payments=int(row["payments"]),
            )
            for row in await self._rows_within(REVENUE, edges, part)
        ]

    async def cohorts(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Cohort]:
        """Implements `FiguresRepository.cohorts`."""
        rows = {(row["first"], row["place"]): row for row in await self._rows_by_edge(COHORTS, edges, part)}
        cohorts = list[Cohort]()
        for cohort, month in enumerate(edges[:-1], start=1):
            alive_by_age, alive = list[int](), 0
            for index in range(cohort, len(edges)):
                row = rows.get((cohort, index))
                alive += int(row["stayed"]) if row is not None else 0
                alive_by_age.append(alive)
            begun_row = rows.get((cohort, cohort))
            cohorts.append(
                Cohort(month=month, size=int(begun_row["size"]) if begun_row else 0, kept=tuple(alive_by_age))
            )
        return cohorts

    async def funnel(self, start: datetime, end: datetime) -> Sequence[Funnel]:
        """Implements `FiguresRepository.funnel`."""
        return [Funnel(**row) for row in await self._rows(FUNNEL, since=start, until=end)]

    async def churn(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Churn]:
        """Implements `FiguresRepository.churn`."""
        return [Churn(**_in_month(row, edges)) for row in await self._rows_within(CHURN, edges, part)]

    async def entry_times(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[EntryTimes]:
        """Implements `FiguresRepository.entry_times`."""
        return [EntryTimes(**_in_month(row, edges)) for row in await self._rows_within(ENTRY_TIMES, edges, part)]

    async def customers(self) -> int:
        """Implements `FiguresRepository.customers`."""
        return int((await self._unit.connection.execute(text(CUSTOMERS))).scalar_one())

    async def kept_answer(self, question: str) -> KeptAnswer | None:
        """Implements `FiguresRepository.kept_answer`."""
        result = await self._unit.connection.execute(
            text(f"{KEPT_ANSWERS} WHERE question = :question"), {"question": question}
        )
        return next((KeptAnswer(**row) for row in result.mappings()), None)

    async def keep(self, answer: KeptAnswer) -> None:
        """Implements `FiguresRepository.keep`."""
        await self._unit.connection.execute(text(KEEP), asdict(answer))

    async def oldest(self) -> KeptAnswer | None:
        """Implements `FiguresRepository.oldest`."""
        result = await self._unit.connection.execute(text(f"{KEPT_ANSWERS} ORDER BY counted_at LIMIT 1"))
        return next((KeptAnswer(**row) for row in result.mappings()), None)

    async def forget(self, cutoff: datetime) -> None:
        """Implements `FiguresRepository.forget`."""
        await self._unit.connection.execute(text(FORGET), {"before": cutoff})

    async def _rows_by_edge(self, query: str, edges: Sequence[datetime], part: Part) -> Sequence[RowMapping]:
        return await self._rows(query, edges=list(edges), edge_count=len(edges), **_values(part))

    async def _rows_within(self, query: str, edges: Sequence[datetime], part: Part) -> Sequence[RowMapping]:
        return await self._rows(query, edges=list(edges), since=edges[0], until=edges[-1], **_values(part))

    async def _rows(self, query: str, **values: Any) -> Sequence[RowMapping]:
        await self._unit.connection.execute(text(ROOM))
        return (await self._unit.connection.execute(text(query), values)).mappings().all()


_MOVES: Final = ("new", "returned", "grown", "shrunk", "lost")


def _moves(row: RowMapping | None) -> dict[str, int]:
    return {name: int(row[name]) if row is not None else 0 for name in (*_MOVES, "came", "gone")}


def _values(part: Part) -> dict[str, Any]:
    return {"plan": part.plan_id, "provider": part.provider}


def _in_month(row: RowMapping, edges: Sequence[datetime]) -> dict[str, Any]:
    return {"month": edges[row["place"] - 1], **{name: value for name, value in row.items() if name != "place"}}


REPOSITORIES: Final = (SqlFiguresRepository,)
"""Repository classes of the feature."""
