"""The clocks of all processes, held against their own count of seconds and against the database's."""

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
"""The variable with the latest moment that any process took for the present."""

IN_DOUBT: Final = moment("clock_doubted")
"""The variable with the moment at which a process last found a clock wrong."""

QUIET: Final = 4 * LOOK_EVERY
"""How long no process may have found a clock wrong before all is well again."""

AGREED_FOR: Final = timedelta(hours=1)
"""How long somebody else's word for the time kept here counts; while clocks differ it is asked for again."""

SILENT_FOR: Final = timedelta(minutes=2)
"""How long whoever asks the witness in vain waits before the time is taken for right all the same."""

LIKELY: Final = timedelta(days=2)
"""How far from the latest present known a time may be that nobody confirms."""

Witness = Callable[[], Awaitable[datetime | None]]
"""What time it is by somebody else's clock; None while nobody says."""


class ClockWrong(AlarmKind):
    """Clocks do not agree. off: by how much this machine's is; database: by how much that one's."""

    name = "clock_wrong"
    closes = ByCause()
    machine: str
    off: str | None = None
    database: str | None = None


class WatchClock:
    """One for each process. While a clock is in doubt nothing ends and nobody is removed (`in_doubt`)."""

    def __init__(self, units: UnitOfWorkFactory, clock: SettableClock, witness: Witness | None, machine: str) -> None:
        """witness: asked until it answered once, and while there is a doubt; None = there is nobody to ask.

        machine: this machine's name, for the alarm.
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
        """Whether it is known what time it is, and nothing speaks against the time kept here; cheap."""
        return self._is_known and not self.in_doubt()

    def in_doubt(self) -> bool:
        """Whether this process may not be sure what time it is; cheap."""
        return self._is_contradicted or bool(self._clock.jump())

    async def __call__(self) -> None:
        """Look once. Raises RetryLater where the database does not answer."""
        wrong = await self._wrong()
        # A machine may start with a wrong clock, and the database on it: then only somebody else can tell.
        moved_on_purpose = self._clock.jump() is None
        is_unknown = not self._is_known and not moved_on_purpose
        if (wrong or is_unknown) and await self._is_corrected():
            wrong = await self._wrong()
        now = self._clock.now()
        # Where somebody else confirms our time it is the database that is wrong: told, but no reason to stand still.
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
        """from_seen: how much later it is than the latest moment that a process which was sure took for the present."""
        if self._witness is None or self._has_agreed(now):
            return True
        if from_seen is not None and abs(from_seen) <= TOLERANCE:
            return True
        self._first_look = self._first_look or now
        return now - self._first_look >= SILENT_FOR and (from_seen is None or abs(from_seen) <= LIKELY)

    async def _wrong(self) -> dict[str, str]:
        """The facts of the alarm; nothing where all clocks agree."""
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
        """Whether somebody else's clock says that the time kept here is the wrong one."""
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
    """`+40 d 00:00`, `-01:00`: ahead or behind by so much."""
    minutes, seconds = divmod(round(abs(offset).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    time = f"{hours:02}:{minutes:02}" if hours or minutes or days else f"{seconds} s"
    return ("-" if offset < timedelta() else "+") + (f"{days} d " if days else "") + time
