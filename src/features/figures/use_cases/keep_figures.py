"""Scheduled recalculation of statistics for shops with many customers, so that the pages respond immediately."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.figures.ports import FIGURES_KEY
from features.figures.use_cases.see_figures import COUNT_AGAIN, WANTED_FOR, Question, count_now, to_keep
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.spans import month_edges


@dataclass(frozen=True)
class KeepFigures:
    """Use case that recalculates statistics on a schedule. `zone`: time zone in which a month begins."""

    units: UnitOfWorkFactory
    clock: Clock
    zone: ZoneInfo

    async def __call__(self) -> bool:
        """Recalculate the oldest stored result that is due, and return True if there was one. Raises RetryLater if the
        database is temporarily unavailable.

        Results that were not requested since the previous day are deleted.
        """
        now = self.clock.now()
        async with self.units() as uow:
            await uow.of(FIGURES_KEY).forget(now - WANTED_FOR)
            kept_answer = await uow.of(FIGURES_KEY).oldest()
            if kept_answer is None or kept_answer.counted_at > now - COUNT_AGAIN:
                await uow.commit()
                return False
            question = Question.parse(kept_answer.question)
            answer = await count_now(uow, question, month_edges(now, self.zone, question.months), now)
            await uow.of(FIGURES_KEY).keep(to_keep(question, answer, asked_at=kept_answer.asked_at))
            await uow.commit()
            return True
