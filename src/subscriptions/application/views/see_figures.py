"""How the business goes over months, for staff: what recurs, what came in and by which way, who stays, who leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.figures import Cohort, Entering, Funnel, Leaving, Recurring
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.spans import month_edges
from subscriptions.domain.services.staff_policy import StaffAction

MONTHS: Final = 12


@dataclass(frozen=True, kw_only=True)
class RevenueLine:
    """What one way to pay brought for one plan, less what went back. plan: emoji and name."""

    provider: str
    plan: str
    amount: Money
    payments: int


@dataclass(frozen=True, kw_only=True)
class MonthFigures:
    """One month. begins, ends: its edges; entering: None where nobody entered."""

    begins: datetime
    ends: datetime
    revenue: Sequence[RevenueLine]
    funnel: Sequence[Funnel]
    leaving: Sequence[Leaving]
    entering: Entering | None


class SeeFigures:
    """Counts everything at this moment, in the operator's months, this one included. All raise NotAllowed."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def recurring(self, actor: TelegramId, zone: ZoneInfo, months: int = MONTHS) -> Sequence[Recurring]:
        """What recurs, by month and currency, over so many months."""
        edges = month_edges(self._clock.now(), zone, months)
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_NUMBERS)
            return await uow.figures.recurring(edges)

    async def cohorts(self, actor: TelegramId, zone: ZoneInfo) -> Sequence[Cohort]:
        """Who stays, by the month of their first purchase, over a year."""
        edges = month_edges(self._clock.now(), zone, MONTHS)
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_NUMBERS)
            return await uow.figures.cohorts(edges)

    async def month(self, actor: TelegramId, zone: ZoneInfo, back: int = 0) -> MonthFigures:
        """One month of the year. back: how many before this one."""
        edges = month_edges(self._clock.now(), zone, back + 1)
        begins, ends = edges[0], edges[1]
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_NUMBERS)
            plans = {plan.id: plan.label for plan in await uow.plans.all(active_only=False)}
            return MonthFigures(
                begins=begins,
                ends=ends,
                revenue=[
                    RevenueLine(
                        provider=line.provider,
                        plan=plans.get(line.plan_id, "?"),
                        amount=line.amount,
                        payments=line.payments,
                    )
                    for line in await uow.figures.revenue(begins, ends)
                ],
                funnel=await uow.figures.funnel(begins, ends),
                leaving=await uow.figures.leaving(begins, ends),
                entering=await uow.figures.entering(begins, ends),
            )
