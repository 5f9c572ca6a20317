"""Statistics of the current month, compared with the same part of the month before."""

from asyncio import Lock
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.views import DayNumbers
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.spans import day_edges, month_edges, total
from subscriptions.domain.services.staff_policy import StaffAction

DAYS: Final = 30
LARGE: Final = 5_000
"""Number of live subscriptions from which on a shop counts as large: calculating its statistics on each request takes
too long.
"""
KEPT_FOR: Final = timedelta(minutes=1)
"""Time for which the calculated statistics of a large shop are reused."""


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """Statistics of one plan. `plan`: emoji and name of the plan."""

    plan: str
    active: int
    new: int
    churn: int


@dataclass(frozen=True, kw_only=True)
class MonthNumbers:
    """Statistics of the current month so far, and of the same part of the month before.

    until: end of that part of the month before
    revenue, revenue_before: revenue by currency
    active: number of active subscriptions now
    days: statistics of the last thirty days
    plans: statistics of this month, one per plan
    """

    until: datetime
    revenue: tuple[Money, ...]
    revenue_before: tuple[Money, ...]
    active: int
    new: int
    new_before: int
    churn: int
    days: tuple[DayNumbers, ...]
    plans: tuple[PlanLine, ...]


@dataclass(frozen=True)
class SeeMonth:
    """Use case that returns the current month's statistics, by days of the operator's time zone. The statistics of a
    large shop are at most a minute old.

    large: minimum number of live subscriptions of a large shop
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk
    large: int = LARGE
    _kept: dict[ZoneInfo, tuple[datetime, MonthNumbers]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _expected: dict[ZoneInfo, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    async def expect(self, zone: ZoneInfo) -> None:
        """Calculate a large shop's statistics in advance for a request that will follow, at most once within
        `KEPT_FOR`. The statistics of a small shop are calculated only when they are requested.
        """
        now, last = self.clock.now(), self._expected.get(zone)
        if last is not None and timedelta(0) <= now - last < KEPT_FOR:
            return
        self._expected[zone] = now
        async with self.units() as uow:
            await self._count(uow, zone)

    @reads(StaffAction.SEE_NUMBERS)
    async def __call__(self, uow: UnitOfWork, zone: ZoneInfo) -> MonthNumbers:
        """Return the statistics of this month so far. `zone`: time zone in which a day begins. Raises NotAllowed if the
        actor lacks the permission.
        """
        return await self._count(uow, zone)

    async def _count(self, uow: UnitOfWork, zone: ZoneInfo) -> MonthNumbers:
        async with self._turn:
            now = self.clock.now()
            at, kept = self._kept.get(zone, (now, None))
            if kept is not None and timedelta(0) <= now - at < KEPT_FOR:
                return kept
            counted = await _counted(uow, now.astimezone(zone), zone)
            if counted.days[-1].active >= self.large:
                self._kept[zone] = now, counted
            return counted


async def _counted(uow: UnitOfWork, now: datetime, zone: ZoneInfo) -> MonthNumbers:
    before, begins, _ = month_edges(now, zone, 2)
    until = min(before + (now.replace(tzinfo=None) - begins.replace(tzinfo=None)), begins)
    edges = day_edges(now, zone, max(DAYS, (now.date() - before.date()).days + 1))
    # The month before is cut at the same time of day, so that both parts are equally long.
    days = await uow.numbers.days(sorted({*edges, until}))
    then = [each for each in days if before <= each.day < until]
    since = [each for each in days if each.day >= begins]
    plans = {plan.id: plan.label for plan in await uow.plans.all(active_only=False)}
    by_plan = await uow.numbers.plans(begins)
    return MonthNumbers(
        until=until,
        revenue=total(since),
        revenue_before=total(then),
        active=sum(line.active for line in by_plan),
        new=sum(each.new for each in since),
        new_before=sum(each.new for each in then),
        churn=sum(each.churn for each in since),
        days=tuple(days[-DAYS:]),
        plans=tuple(
            PlanLine(plan=plans.get(line.plan_id, "?"), active=line.active, new=line.new, churn=line.churn)
            for line in by_plan
        ),
    )
