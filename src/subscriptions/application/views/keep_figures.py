"""Counts again what somebody of a large business looks at, so that its pages answer at once."""

from zoneinfo import ZoneInfo

from subscriptions.application.views.see_figures import COUNT_AGAIN, WANTED_FOR, Question, count_now, to_keep
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.spans import month_edges


class KeepFigures:
    """zone: where a month begins."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, zone: ZoneInfo) -> None:
        self._units = units
        self._clock = clock
        self._zone = zone

    async def __call__(self) -> bool:
        """The one that was counted longest ago, where that is long enough; whether there was one.

        What nobody asked for since yesterday is forgotten. Raises RetryLater.
        """
        now = self._clock.now()
        async with self._units() as uow:
            await uow.figures.forget(now - WANTED_FOR)
            kept_answer = await uow.figures.oldest()
            if kept_answer is None or kept_answer.counted_at > now - COUNT_AGAIN:
                await uow.commit()
                return False
            question = Question.parse(kept_answer.question)
            answer = await count_now(uow, question, month_edges(now, self._zone, question.months), now)
            await uow.figures.keep(to_keep(question, answer, asked_at=kept_answer.asked_at))
            await uow.commit()
            return True
