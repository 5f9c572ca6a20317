"""Automatic closing of alarms whose cause is gone."""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from subscriptions.application.alarms.alarm_kind import ByAge, ByCheck, CauseCheck, alarm_kinds, closing_of
from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.feature_failures import FAILURES, PATIENCE_S
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.errors import InvalidInput, RetryLater, Unreadable
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500
"""Number of alarms checked per run; the next run continues after them."""


class WatchAlarms:
    """Use case that closes open alarms whose cause is gone, checking one batch per run."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._cursor: UUID | None = None

    async def __call__(self) -> None:
        """Close the alarms whose cause is gone. Idempotent."""
        now = self._clock.now()
        async with self._units() as uow:
            alarms = await uow.alarms.open_after(self._cursor, AT_ONCE)
        closed_kinds = [alarm.kind for alarm in alarms if await close_by_itself(self._units, alarm, now)]
        # With more alarms left, the next run continues after this batch; otherwise it starts over.
        self._cursor = alarms[-1].id if len(alarms) == AT_ONCE else None
        if closed_kinds:
            log.info("alarms closed, their causes are gone", kinds=sorted(closed_kinds))


async def close_by_itself(units: UnitOfWorkFactory, alarm: Alarm, now: datetime) -> bool:
    """Run `close_if_mended` in a new unit of work, and commit it. Return True if the alarm was closed."""
    async with units() as uow:
        is_mended = await close_if_mended(uow, alarm, now)
        await uow.commit()
    return is_mended


async def close_if_mended(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Close an alarm if its cause is gone. Return True if the alarm was closed. The caller commits."""
    closes = closing_of(alarm.kind)
    is_over = isinstance(closes, ByAge) and now - alarm.raised_at >= closes.age
    is_mended = is_over or (isinstance(closes, ByCheck) and await _is_gone(closes.is_gone, uow, alarm, now))
    held_alarm = await uow.alarms.get(alarm.id, lock=True) if is_mended else None
    if held_alarm is not None and (held_alarm.facts, held_alarm.raised_at) != (alarm.facts, alarm.raised_at):
        # The alarm was reported again in the meantime, which the check did not consider.
        return False
    if held_alarm is not None and held_alarm.open:
        held_alarm.closed_at = now
        await uow.alarms.save(held_alarm)
    return is_mended


async def _is_gone(cause: CauseCheck, uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if the cause is gone. If an alarm can't be checked, return False, so that the other alarms are still
    checked.
    """
    kind = alarm_kinds().get(alarm.kind)
    feature = feature_of(kind) if kind is not None else None
    try:
        if feature is None:
            return await cause(uow, alarm, now)
        async with asyncio.timeout(PATIENCE_S), uow.attempt():
            return await cause(uow, alarm, now)
    except RetryLater:
        raise
    except Exception as error:
        if feature is not None:
            FAILURES.add(feature, f"alarm: {alarm.kind}", error)
        elif not isinstance(error, InvalidInput | LookupError | TypeError | Unreadable | ValueError):
            raise
        else:
            log.exception("cause of an alarm cannot be judged", kind=alarm.kind)
        return False


async def open_again(uow: UnitOfWork, alarm: Alarm) -> Alarm | None:
    """Return the alarm stored under the same key. If its closing rule is ByCheck and it was closed, reopen it. Return
    None if there is nothing to report.

    The alarm stays closed if its cause was detected before it was closed, and for a day after staff closed it. The
    caller commits.
    """
    held_alarm = await uow.alarms.by_key(alarm.key, lock=True)
    if held_alarm is None or not isinstance(closing_of(held_alarm.kind), ByCheck):
        return held_alarm
    is_raised_again = held_alarm.seen_again(alarm)
    await uow.alarms.save(held_alarm)
    return held_alarm if is_raised_again else None
