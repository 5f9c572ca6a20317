"""How the business goes over months, for staff: what recurs, what came in and by which way, who stays, who leaves."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from subscriptions.application.people.staff_desk import StaffDesk, reads, with_permission
from subscriptions.domain.ids import PlanId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.figures import (
    ALL,
    FIGURES_KEY,
    Churn,
    Cohort,
    CurrentRevenue,
    EntryTimes,
    FiguresRepository,
    Funnel,
    KeptAnswer,
    Part,
    RecurringRevenue,
    Revenue,
    RevenueForecast,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.spans import month_edges
from subscriptions.domain.services.staff_policy import StaffAction, may

MONTHS: Final = 12
LARGE: Final = 10_000
"""Customers, from which on counting takes longer than somebody likes to wait: then answers are kept."""
KEPT_FOR: Final = timedelta(minutes=20)
"""How old a kept answer may be that is shown. It says when it was counted."""
COUNT_AGAIN: Final = timedelta(minutes=10)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(seconds=1)
WANTED_FOR: Final = timedelta(days=1)
"""How long an answer is counted again by itself after somebody asked for it last."""

Line = TypeVar("Line")


@dataclass(frozen=True, kw_only=True)
class Count(Generic[Line]):
    """What was counted, and when. edges: where the months begin, and the last one ends."""

    at: datetime
    edges: Sequence[datetime]
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Question:
    """months: how many, this one included. name: of `QUESTIONS`."""

    name: str
    months: int = MONTHS
    part: Part = ALL

    def __str__(self) -> str:
        return f"{self.name} {self.months} {self.part.plan_id or '-'} {self.part.provider or '-'}"

    @classmethod
    def parse(cls, text: str) -> "Question":
        """The same from its text. Raises ValueError for what is none."""
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


@dataclass(frozen=True)
class SeeFigures:
    """Counts in the operator's months, this one included; of a large business what was counted minutes ago is shown.

    zone: where a month begins. large: from how many customers on. All raise NotAllowed. refresh: count now, whatever is
    kept.
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk
    zone: ZoneInfo
    large: int = LARGE

    async def recurring_revenue(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[RecurringRevenue]:
        """What recurs, by month and currency."""
        return await self._count(actor, Question(name="recurring", months=months, part=part), refresh=refresh)

    @with_permission(StaffAction.SEE_NUMBERS)
    async def recurring_now(self, actor: TelegramId) -> Sequence[RecurringRevenue] | None:
        """Return what recurs this month by currency, quickly. A large business: as it was kept last,
        at most a day ago; None where nothing is kept yet, which is then counted soon."""
        now = self.clock.now()
        async with self.units() as uow:
            if await uow.of(FIGURES_KEY).customers() < self.large:
                return await uow.of(FIGURES_KEY).recurring_revenue(month_edges(now, self.zone, 1), ALL)
            kept_answer = await uow.of(FIGURES_KEY).kept_answer(str(Question(name="recurring")))
        this_month = month_edges(now, self.zone, 1)[0]
        if kept_answer is None or kept_answer.counted_at < max(now - WANTED_FOR, this_month):
            await self.expect(actor)
            return None
        lines: Sequence[RecurringRevenue] = QUESTIONS["recurring"][0].validate_json(kept_answer.answer)
        return [line for line in lines if line.month == this_month]

    async def current_revenue(
        self, actor: TelegramId, part: Part = ALL, *, refresh: bool = False
    ) -> Count[CurrentRevenue]:
        """How what recurs stands now, and beside it what does not."""
        return await self._count(actor, Question(name="standing", part=part), refresh=refresh)

    async def forecast(self, actor: TelegramId, part: Part = ALL, *, refresh: bool = False) -> Count[RevenueForecast]:
        """What will be charged by itself in the next thirty days."""
        return await self._count(actor, Question(name="expected", part=part), refresh=refresh)

    async def revenue(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[Revenue]:
        """What came in less what went back."""
        return await self._count(actor, Question(name="revenue", months=months, part=part), refresh=refresh)

    async def cohorts(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[Cohort]:
        """Who stays, by the month of their first purchase."""
        return await self._count(actor, Question(name="cohorts", months=months, part=part), refresh=refresh)

    async def funnel(self, actor: TelegramId, months: int = MONTHS, *, refresh: bool = False) -> Count[Funnel]:
        """Who came, by which link, and how far they got."""
        return await self._count(actor, Question(name="funnel", months=months), refresh=refresh)

    async def churn(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[Churn]:
        """What ended, and why."""
        return await self._count(actor, Question(name="leaving", months=months, part=part), refresh=refresh)

    async def entry_times(
        self, actor: TelegramId, months: int = MONTHS, part: Part = ALL, *, refresh: bool = False
    ) -> Count[EntryTimes]:
        """How long it took from the payment until they were inside."""
        return await self._count(actor, Question(name="entering", months=months, part=part), refresh=refresh)

    async def expect(self, actor: TelegramId) -> None:
        """Somebody is about to look: in a large business the worker counts what they will see first, in its order, and
        goes on as if it had been asked for. Nothing for who may not see figures."""
        now = self.clock.now()
        async with self.units() as uow:
            who = await uow.customers.by_telegram_id(actor)
            if who is None or not may(who.staff_role, StaffAction.SEE_NUMBERS):
                return
            if await uow.of(FIGURES_KEY).customers() < self.large:
                return
            for place, name in enumerate(QUESTIONS):
                question = str(Question(name=name))
                kept_answer = await uow.of(FIGURES_KEY).kept_answer(question)
                blank_answer = KeptAnswer(
                    question=question, counted_at=_EPOCH + place * _STEP, asked_at=now, answer="[]"
                )
                await uow.of(FIGURES_KEY).keep(
                    blank_answer if kept_answer is None else replace(kept_answer, asked_at=now)
                )
            await uow.commit()

    @with_permission(StaffAction.SEE_NUMBERS)
    async def note_export(self, actor: TelegramId, name: str, filters: Mapping[str, str]) -> None:
        """Write down that somebody takes figures away as a file. Raises NotAllowed."""
        await self.staff_desk.note_export(actor, name, filters)

    @reads(StaffAction.SEE_NUMBERS)
    async def _count(self, uow: UnitOfWork, question: Question, *, refresh: bool) -> Count[Any]:
        now, kept_answer = self.clock.now(), await uow.of(FIGURES_KEY).kept_answer(str(question))
        edges = month_edges(now, self.zone, question.months)
        # What was counted before this month began has other months in it.
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
    """Count it now."""
    _, ask = QUESTIONS[question.name]
    return Count(at=now, edges=edges, lines=await ask(uow.of(FIGURES_KEY), edges, question.part, now))


def to_keep(question: Question, count: Count[Any], *, asked_at: datetime) -> KeptAnswer:
    """What was counted, as it is kept."""
    answer = QUESTIONS[question.name][0].dump_json(list(count.lines)).decode()
    return KeptAnswer(question=str(question), counted_at=count.at, asked_at=asked_at, answer=answer)
