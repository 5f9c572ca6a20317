"""An alarm whose cause is gone closes itself, also where nobody was there to see it go."""

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from subscriptions.application.alarms.alarm_kind import ByAge, ByCheck, CauseCheck, closing_of
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.errors import InvalidInput, Unreadable
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500
"""How many a look judges; the next one judges those that come after."""


class WatchAlarms:
    """Judges the open alarms, some at each look."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._cursor: UUID | None = None

    async def __call__(self) -> None:
        """Close what is mended. Repeating it changes nothing."""
        now = self._clock.now()
        async with self._units() as uow:
            alarms = await uow.alarms.open_after(self._cursor, AT_ONCE)
        closed_kinds = [alarm.kind for alarm in alarms if await close_by_itself(self._units, alarm, now)]
        # Where there are more, the next look goes on with them; then it begins anew.
        self._cursor = alarms[-1].id if len(alarms) == AT_ONCE else None
        if closed_kinds:
            log.info("alarms closed, their causes are gone", kinds=sorted(closed_kinds))


async def close_by_itself(units: UnitOfWorkFactory, alarm: Alarm, now: datetime) -> bool:
    """`close_if_mended` in a unit of work of its own: nobody who tells of an alarm waits for others to be judged."""
    async with units() as uow:
        is_mended = await close_if_mended(uow, alarm, now)
        await uow.commit()
    return is_mended


async def close_if_mended(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Whether its cause is gone; then it is closed, and nobody need look. The caller commits."""
    closes = closing_of(alarm.kind)
    is_over = isinstance(closes, ByAge) and now - alarm.raised_at >= closes.age
    is_mended = is_over or (isinstance(closes, ByCheck) and await _is_gone(closes.is_gone, uow, alarm, now))
    held_alarm = await uow.alarms.get(alarm.id, lock=True) if is_mended else None
    if held_alarm is not None and (held_alarm.facts, held_alarm.raised_at) != (alarm.facts, alarm.raised_at):
        # Told again meanwhile: of that nothing was asked.
        return False
    if held_alarm is not None and held_alarm.open:
        held_alarm.closed_at = now
        await uow.alarms.save(held_alarm)
    return is_mended


async def _is_gone(cause: CauseCheck, uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    try:
        return await cause(uow, alarm, now)
    except (InvalidInput, LookupError, TypeError, Unreadable, ValueError):
        # One that cannot be judged holds up no other; it stays for a person.
        log.exception("cause of an alarm cannot be judged", kind=alarm.kind)
        return False


async def open_again(uow: UnitOfWork, alarm: Alarm) -> Alarm | None:
    """What is on record under that key, open again where it was over; the caller commits. None: nothing to be told.

    Closed it stays where its cause was seen before it closed, and for a day where an owner settled it.
    """
    held_alarm = await uow.alarms.by_key(alarm.key, lock=True)
    if held_alarm is None or not isinstance(closing_of(held_alarm.kind), ByCheck):
        return held_alarm
    is_told = held_alarm.seen_again(alarm)
    await uow.alarms.save(held_alarm)
    return held_alarm if is_told else None
