"""Monthly statistics for staff: recurring revenue, revenue by method, retention and churn."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

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
    Revenue,
    RevenueForecast,
)
from features.figures.ports import FIGURES_KEY, FiguresRepository
from subscriptions.application.people.staff_desk import StaffDesk, reads, with_permission
from subscriptions.domain.ids import PlanId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.spans import month_edges
from subscriptions.domain.services.staff_policy import StaffAction, may

MONTHS: Final = 12
COMPARED: Final = 2 * MONTHS
"""Number of months that a page calculates by default: those of the displayed period and of the preceding period of the
same length.
"""
LARGE: Final = 10_000
"""Number of customers from which a calculation takes too long for a page request, so that results are calculated in
advance and stored.
"""
KEPT_FOR: Final = timedelta(minutes=20)
"""Maximum age of a stored result that is shown. The page states the time of the calculation."""
COUNT_AGAIN: Final = timedelta(minutes=10)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(seconds=1)
WANTED_FOR: Final = timedelta(days=1)
"""Time after the last request during which a result is recalculated automatically."""

Line = TypeVar("Line")


@dataclass(frozen=True, kw_only=True)
class Count(Generic[Line]):
    """Calculated statistics with the time of their calculation. `edges`: starts of the months, followed by the end of
    the last month.
    """

    at: datetime
    edges: Sequence[datetime]
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Request for statistics.

    name: key of `QUESTIONS`
    months: number of months, including the current one
    """

    name: str
    months: int = MONTHS
    part: Part = ALL

    def __str__(self) -> str:
        return f"{self.name} {self.months} {self.part.plan_id or '-'} {self.part.provider or '-'}"

    @classmethod
    def parse(cls, text: str) -> "Question":
        """Parse the stored text of a request. Raises ValueError if the text has another form."""
        name, months, plan, provider = text.split(" ")
        part = Part(plan_id=None if plan == "-" else PlanId(UUID(plan)), provider="" if provider == "-" else provider)
        return cls(name=name, months=int(months), part=part)


Ask = Callable[[FiguresRepository, Sequence[datetime], Part, datetime], Awaitable[Sequence[Any]]]
QUESTIONS: Final[Mapping[str, tuple[TypeAdapter[Any], Ask]]] = {
    "recurring": (
        TypeAdapter(list[RecurringRevenue]),
        lambda figures, edges, part, _: figures.recurring_revenue(edges, part),
    ),
    "standing": (TypeAdapter(list[CurrentRevenue]), lambda figures, _, part, now: figures.current_revenue(now, part)),
    "expected": (TypeAdapter(list[RevenueForecast]), lambda figures, _, part, now: figures.forecast(now, part)),
    "revenue": (TypeAdapter(list[Revenue]), lambda figures, edges, part, _: figures.revenue(edges, part)),
    "cohorts": (TypeAdapter(list[Cohort]), lambda figures, edges, part, _: figures.cohorts(edges, part)),
    "funnel": (TypeAdapter(list[Funnel]), lambda figures, edges, *_: figures.funnel(edges[0], edges[-1])),
    "leaving": (TypeAdapter(list[Churn]), lambda figures, edges, part, _: figures.churn(edges, part)),
    "entering": (TypeAdapter(list[EntryTimes]), lambda figures, edges, part, _: figures.entry_times(edges, part)),
}


EXPECTED: Final = (
    *(Question(name=name) for name in ("standing", "expected", "funnel")),
    *(Question(name=name, months=COMPARED) for name in QUESTIONS if name not in {"standing", "expected"}),
)
"""Statistics that the console's page requests with its default filters."""


@dataclass(frozen=True)
class SeeFigures:
    """Use case that returns monthly statistics in the operator's time zone, including the current month. For a shop
    with many customers, a recently stored result is returned.

    zone: time zone in which a month begins
    large: number of customers from which results are stored
    refresh: argument of the methods; True to calculate now and ignore a stored result

    All methods raise NotAllowed if the actor lacks the permission, except `expect`.
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk
    zone: ZoneInfo
    large: int = LARGE

    async def recurring_revenue(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[RecurringRevenue]:
        """Return the monthly recurring revenue and its changes, by month and currency."""
        return await self._count(actor, Question(name="recurring", months=months, part=part), refresh=refresh)

    @with_permission(StaffAction.SEE_NUMBERS)
    async def recurring_now(self, actor: TelegramId) -> Sequence[RecurringRevenue] | None:
        """Return this month's recurring revenue in each currency, without a slow calculation.

        For a shop with many customers, return a stored result that is at most a day old; if there is none, return None
        and request the calculation.
        """
        now = self.clock.now()
        async with self.units() as uow:
            if await uow.of(FIGURES_KEY).customers() < self.large:
                return await uow.of(FIGURES_KEY).recurring_revenue(month_edges(now, self.zone, 1), ALL)
            kept_answer = await uow.of(FIGURES_KEY).kept_answer(str(Question(name="recurring", months=COMPARED)))
        this_month = month_edges(now, self.zone, 1)[0]
        if kept_answer is None or kept_answer.counted_at < max(now - WANTED_FOR, this_month):
            await self.expect(actor)
            return None
        lines: Sequence[RecurringRevenue] = QUESTIONS["recurring"][0].validate_json(kept_answer.answer)
        return [line for line in lines if line.month == this_month]

    async def current_revenue(
        self, actor: TelegramId, part: Part = ALL, *, refresh: bool = False
    ) -> Count[CurrentRevenue]:
        """Return the current recurring revenue by billing state. Trials and plans that are paid manually each period
        are listed separately.
        """
        return await self._count(actor, Question(name="standing", part=part), refresh=refresh)

    async def forecast(self, actor: TelegramId, part: Part = ALL, *, refresh: bool = False) -> Count[RevenueForecast]:
        """Return the automatic charges of the next thirty days."""
        return await self._count(actor, Question(name="expected", part=part), refresh=refresh)

    async def revenue(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[Revenue]:
        """Return the revenue minus refunds, by month, payment method and plan."""
        return await self._count(actor, Question(name="revenue", months=months, part=part), refresh=refresh)

    async def cohorts(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[Cohort]:
        """Return, by month of the first purchase, how many customers are still subscribed in later months."""
        return await self._count(actor, Question(name="cohorts", months=months, part=part), refresh=refresh)

    async def funnel(self, actor: TelegramId, months: int = MONTHS, *, refresh: bool = False) -> Count[Funnel]:
        """Return the funnel: new customers by link, and the steps they reached."""
        return await self._count(actor, Question(name="funnel", months=months), refresh=refresh)

    async def churn(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[Churn]:
        """Return the number of subscriptions that ended, by month and reason."""
        return await self._count(actor, Question(name="leaving", months=months, part=part), refresh=refresh)

    async def entry_times(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[EntryTimes]:
        """Return the times between payment and joining a personal channel, by month."""
        return await self._count(actor, Question(name="entering", months=months, part=part), refresh=refresh)

    async def expect(self, actor: TelegramId) -> None:
        """If the shop has many customers, ask the worker to calculate the page's results before a staff member opens
        the page. Does nothing if the staff member lacks the permission.
        """
        now = self.clock.now()
        async with self.units() as uow:
            who = await uow.customers.by_telegram_id(actor)
            if who is None or not may(who.staff_role, StaffAction.SEE_NUMBERS):
                return
            if await uow.of(FIGURES_KEY).customers() < self.large:
                return
            for index, question in enumerate(map(str, EXPECTED)):
                kept_answer = await uow.of(FIGURES_KEY).kept_answer(question)
                blank_answer = KeptAnswer(
                    question=question, counted_at=_EPOCH + index * _STEP, asked_at=now, answer="[]"
                )
                await uow.of(FIGURES_KEY).keep(
                    blank_answer if kept_answer is None else replace(kept_answer, asked_at=now)
                )
            await uow.commit()

    @with_permission(StaffAction.SEE_NUMBERS)
    async def note_export(self, actor: TelegramId, name: str, filters: Mapping[str, str]) -> None:
        """Record in the audit log that statistics were exported as a file. Raises NotAllowed if the actor lacks the
        permission.
        """
        await self.staff_desk.note_export(actor, name, filters)

    @reads(StaffAction.SEE_NUMBERS)
    async def _count(self, uow: UnitOfWork, question: Question, *, refresh: bool) -> Count[Any]:
        now, kept_answer = self.clock.now(), await uow.of(FIGURES_KEY).kept_answer(str(question))
        edges = month_edges(now, self.zone, question.months)
        # A result from before the start of this month covers other months.
        if kept_answer is not None and not refresh and kept_answer.counted_at >= max(now - KEPT_FOR, edges[-2]):
            if kept_answer.asked_at < now - COUNT_AGAIN:
                await uow.of(FIGURES_KEY).keep(replace(kept_answer, asked_at=now))
                await uow.commit()
            lines = QUESTIONS[question.name][0].validate_json(kept_answer.answer)
            return Count(at=kept_answer.counted_at, edges=edges, lines=lines)
        answer = await count_now(uow, question, edges, now)
        if await uow.of(FIGURES_KEY).customers() >= self.large:
            await uow.of(FIGURES_KEY).keep(to_keep(question, answer, asked_at=now))
            await uow.commit()
        return answer


async def count_now(uow: UnitOfWork, question: Question, edges: Sequence[datetime], now: datetime) -> Count[Any]:
    """Calculate the statistics that a request asks for."""
    _, ask = QUESTIONS[question.name]
    return Count(at=now, edges=edges, lines=await ask(uow.of(FIGURES_KEY), edges, question.part, now))


def to_keep(question: Question, count: Count[Any], *, asked_at: datetime) -> KeptAnswer:
    """Return the calculated statistics in the form in which they are cached."""
    answer = QUESTIONS[question.name][0].dump_json(list(count.lines)).decode()
    return KeptAnswer(question=str(question), counted_at=count.at, asked_at=asked_at, answer=answer)
