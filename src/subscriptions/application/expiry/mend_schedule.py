"""Repair of due times of jobs and checks that were set while a process's clock was fast."""

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
"""Maximum valid delay of a subscription's next check. Longer delays were set by a wrong clock, because even the wait
for an owner's decision takes at most a day.
"""

SETBACK: Final = 3 * TOLERANCE
"""Minimum backward jump of time that counts as a corrected clock. Two correct processes may differ by
twice TOLERANCE.
"""

LAST_REPAIR: Final = second("clock_mended")
"""Variable with the time of the last repair, which limits how often it runs."""

MEND_EVERY: Final = timedelta(hours=1)

REMEMBERED_EVERY: Final = timedelta(seconds=10)

LookNow = Callable[[datetime], Awaitable[int]]
"""Function that makes all delayed jobs due now, and returns their number."""


class ClockWentBack(AlarmKind):
    """Alarm: processes used a time in the future. `jobs`: number of jobs that were scheduled during that period."""

    name = "clock_went_back"
    closes = News()
    off: str
    jobs: int


@dataclass(frozen=True)
class MendSchedule:
    """Use case that corrects due times that were set by a fast clock. Idempotent and safe to run concurrently."""

    units: UnitOfWorkFactory
    clock: Clock
    look_now: LookNow

    async def __call__(self) -> bool:
        """Correct the due times if any process's clock was set back, and return True if so. Due times are corrected at
        most once an hour; a later correction of a clock stays recorded and is handled in the next hour.
        """
        now = self.clock.now()
        async with self.units() as uow:
            seen_at = await uow.variables.get(LAST_SEEN)
            farthest = await uow.subscriptions.look_again(now + FARTHEST)
            if farthest:
                log.warning("looks from a wrong future are taken back", subscriptions=farthest)
            if seen_at is None or now - seen_at > REMEMBERED_EVERY:
                # A time a few seconds in the future is recorded too, in case it turns out to be wrong.
                await uow.variables.raise_to(LAST_SEEN, now)
            has_rested = await _has_rested(uow, now)
            await uow.commit()
        if seen_at is None or seen_at - now <= SETBACK or not has_rested:
            return False
        await self._note_jump(seen_at, now)
        return True

    async def _note_jump(self, seen_at: datetime, now: datetime) -> None:
        # This comes before the repair is recorded, so that it is repeated if the process is interrupted.
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
    """Return True if the due times were last corrected long enough ago to be corrected again."""
    mended_at = await uow.variables.get(LAST_REPAIR)
    return mended_at is None or not timedelta() <= now - mended_at < MEND_EVERY
