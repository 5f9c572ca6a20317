"""What was put down in a wrong future is found, and done when it is its turn."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, News
from subscriptions.application.alarms.watch_clock import LAST_SEEN, offset_text
from subscriptions.domain.entities.variable import second
from subscriptions.domain.ports.clock import TOLERANCE, Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

FARTHEST: Final = timedelta(days=2)
"""Nothing that is right puts the next look at a subscription off for longer: an owner's word waits a day at most."""

SETBACK: Final = 3 * TOLERANCE
"""Time went back only where it is by more: two processes that are right may be twice TOLERANCE apart."""

LAST_REPAIR: Final = second("clock_mended")
"""The variable with the moment at which all that waits was looked at last, and how seldom that is done."""

MEND_EVERY: Final = timedelta(hours=1)

REMEMBERED_EVERY: Final = timedelta(seconds=10)

LookNow = Callable[[datetime], Awaitable[int]]
"""Has all that waits for a later moment looked at now as well; how much it was."""


class ClockWentBack(AlarmKind):
    """Processes worked with a time that lay in the future. jobs: how many were put down for it."""

    name = "clock_went_back"
    closes = News()
    off: str
    jobs: int


@dataclass(frozen=True)
class MendSchedule:
    """Repeating it, or running it twice at once, changes nothing."""

    units: UnitOfWorkFactory
    clock: Clock
    look_now: LookNow

    async def __call__(self) -> bool:
        """Whether it was mended that time went back since it was looked at last, by any process's clock.

        At most once an hour: what comes too soon stays noted, and is mended then.
        """
        now = self.clock.now()
        async with self.units() as uow:
            seen_at = await uow.variables.get(LAST_SEEN)
            farthest = await uow.subscriptions.look_again(now + FARTHEST)
            if farthest:
                log.warning("looks from a wrong future are taken back", subscriptions=farthest)
            if seen_at is None or now - seen_at > REMEMBERED_EVERY:
                # A future of a few seconds is remembered too, should it prove wrong.
                await uow.variables.raise_to(LAST_SEEN, now)
            has_rested = await _has_rested(uow, now)
            await uow.commit()
        if seen_at is None or seen_at - now <= SETBACK or not has_rested:
            return False
        await self._note_jump(seen_at, now)
        return True

    async def _note_jump(self, seen_at: datetime, now: datetime) -> None:
        # Before it is noted as done: who dies in between does it again.
        jobs = await self.look_now(now)
        async with self.units() as uow:
            for account in await uow.accounts.all(lock=True):
                if account.forget_waits(now):
                    await uow.accounts.save(account)
            await uow.commit()
        async with self.units() as uow:
            plans = await uow.subscriptions.look_again(now + FARTHEST, reminders_beyond=now)
            await uow.variables.set(LAST_REPAIR, now)
            await uow.variables.set(LAST_SEEN, now)
            alarm = ClockWentBack(off=offset_text(seen_at - now), jobs=jobs)
            uow.record(alarm.raise_event(f"clock_went_back:{now:%Y-%m-%dT%H}"))
            await uow.commit()
        log.warning("time went back, all that waits is looked at", was=seen_at.isoformat(), jobs=jobs, plans=plans)


async def _has_rested(uow: UnitOfWork, now: datetime) -> bool:
    """Whether it is long enough since the last time."""
    mended_at = await uow.variables.get(LAST_REPAIR)
    return mended_at is None or not timedelta() <= now - mended_at < MEND_EVERY
