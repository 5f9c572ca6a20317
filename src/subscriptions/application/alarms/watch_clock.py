"""Check of each process's clock against the process's monotonic clock and the database's clock."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.variable import moment, second
from subscriptions.domain.ports.clock import TOLERANCE, SettableClock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = timedelta(seconds=5)

LAST_SEEN: Final = second("clock_seen")
"""Variable with the latest time that any process has recorded."""

IN_DOUBT: Final = moment("clock_doubted")
"""Variable with the time at which a process last found a wrong clock."""

QUIET: Final = 4 * LOOK_EVERY
"""Time without a report of a wrong clock after which the alarm is closed."""

AGREED_FOR: Final = timedelta(hours=1)
"""Time for which a confirmation by the external clock remains valid. While clocks differ, the external time is fetched
again after this time.
"""

SILENT_FOR: Final = timedelta(minutes=2)
"""Time without a response of the external clock after which the local clock is trusted."""

LIKELY: Final = timedelta(days=2)
"""Maximum difference between the local time and the latest recorded time at which the local time is trusted although no
external clock has confirmed it.
"""

Witness = Callable[[], Awaitable[datetime | None]]
"""Function that returns the time of an external clock; None while the clock does not respond."""


class ClockWrong(AlarmKind):
    """Alarm: the clock of this machine or of the database is wrong.

    off: deviation of this machine's clock
    database: deviation of the database's clock
    """

    name = "clock_wrong"
    closes = ByCause()
    machine: str
    off: str | None = None
    database: str | None = None


class WatchClock:
    """Check of one process's clock. While the clock is in doubt (`in_doubt`), no access expires and no customer is
    removed.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: SettableClock, witness: Witness | None, machine: str) -> None:
        """Create the check.

        witness: external clock; queried until its first response, and whenever the time is in doubt; None if none is
            configured
        machine: name of this machine, shown in the alarm
        """
        self._units = units
        self._clock = clock
        self._witness = witness
        self._machine = machine
        self._is_contradicted = False
        self._is_known = False
        self._first_look: datetime | None = None
        self._agreed_at: datetime | None = None

    def sure(self) -> bool:
        """Return True if the time is confirmed and no clock contradicts it. Uses stored results and
        makes no request.
        """
        return self._is_known and not self.in_doubt()

    def in_doubt(self) -> bool:
        """Return True if this process's time may be wrong. Uses stored results and makes no request."""
        return self._is_contradicted or bool(self._clock.jump())

    async def __call__(self) -> None:
        """Compare the clocks once, and raise or close the alarm. Raises RetryLater if the database does not respond."""
        wrong = await self._wrong()
        # A machine and its database may both start with a wrong clock; only an external clock shows that.
        moved_on_purpose = self._clock.jump() is None
        is_unknown = not self._is_known and not moved_on_purpose
        if (wrong or is_unknown) and await self._is_corrected():
            wrong = await self._wrong()
        now = self._clock.now()
        # If an external clock confirms the local time, the database's clock is wrong. The alarm is raised, but expiries
        # and removals continue.
        self._is_contradicted = "database" in wrong and not self._has_agreed(now)
        async with self._units() as uow:
            seen_at = await uow.variables.get(LAST_SEEN)
            from_seen = now - seen_at if seen_at is not None else None
            self._is_known = self._is_known or moved_on_purpose or self._may_be_believed(now, from_seen)
            if not self._is_known and from_seen is not None and abs(from_seen) > LIKELY:
                wrong = wrong or {"machine": self._machine, "off": offset_text(from_seen)}
            if self.sure():
                await uow.variables.raise_to(LAST_SEEN, now)
            if wrong:
                log.error("clock in doubt", **wrong)
                await uow.variables.set(IN_DOUBT, now)
                alarm = ClockWrong(machine=self._machine, off=wrong.get("off"), database=wrong.get("database"))
                await keep_alarm(uow, ClockWrong, "any", alarm, now)
            elif await _quiet(uow, now):
                await keep_alarm(uow, ClockWrong, "any", None, now)
            await uow.commit()

    def _may_be_believed(self, now: datetime, from_seen: timedelta | None) -> bool:
        """Return True if the local time may be trusted. `from_seen`: difference from the latest time that a process
        with a trusted clock recorded; None if no time is recorded.
        """
        if self._witness is None or self._has_agreed(now):
            return True
        if from_seen is not None and abs(from_seen) <= TOLERANCE:
            return True
        self._first_look = self._first_look or now
        return now - self._first_look >= SILENT_FOR and (from_seen is None or abs(from_seen) <= LIKELY)

    async def _wrong(self) -> dict[str, str]:
        """Return the facts of the alarm; empty if all clocks agree."""
        jump = self._clock.jump()
        if jump is None:
            return {}
        if jump:
            return {"machine": self._machine, "off": offset_text(jump)}
        async with self._units() as uow:
            duration = await uow.variables.database_time() - self._clock.now()
        if abs(duration) <= TOLERANCE:
            return {}
        return {"machine": self._machine, "database": offset_text(duration)}

    async def _is_corrected(self) -> bool:
        """Correct the local time from the external clock, and return True if it was wrong."""
        truth = await self._witness() if self._witness is not None else None
        if truth is None:
            return False
        wrong = abs(truth - self._clock.now()) > TOLERANCE
        if wrong:
            log.warning("clock set right", to=truth.isoformat(), off=offset_text(self._clock.now() - truth))
            self._clock.set_right(truth)
        self._agreed_at = self._clock.now()
        return wrong

    def _has_agreed(self, now: datetime) -> bool:
        return self._agreed_at is not None and now - self._agreed_at <= AGREED_FOR


async def _quiet(uow: UnitOfWork, now: datetime) -> bool:
    doubted_at = await uow.variables.get(IN_DOUBT)
    return doubted_at is None or not timedelta() <= now - doubted_at <= QUIET


def offset_text(offset: timedelta) -> str:
    """Return the deviation of a clock in days, hours and minutes, such as `+40 d 00:00` if it is ahead or `-01:00` if
    it is behind; below a minute in seconds, such as `+5 s`.
    """
    minutes, seconds = divmod(round(abs(offset).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    time = f"{hours:02}:{minutes:02}" if hours or minutes or days else f"{seconds} s"
    return ("-" if offset < timedelta() else "+") + (f"{days} d " if days else "") + time
