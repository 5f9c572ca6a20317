"""Watch of one process over the settings that were entered in the browser: the process restarts with new values, and
reports those that its key does not open.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class SettingsUnreadable(AlarmKind):
    """Alarm: a process leaves out stored settings that its key does not open, or whose values are invalid.

    process: name of the process
    settings: names of the settings
    """

    name = "settings_unreadable"
    closes = ByCause()
    process: str
    settings: str


@dataclass(frozen=True, kw_only=True)
class StoredNow:
    """Stored settings of a process as they are now.

    values: those that the process would use after a restart
    left_out: names of those that it would leave out
    """

    values: Mapping[str, str] = field(repr=False)
    left_out: frozenset[str]


class WatchStoredSettings:
    """Check of one process: restart after a stored setting was changed, once the new value can be read. Until then, the
    process keeps the previous value.
    """

    def __init__(
        self,
        units: UnitOfWorkFactory,
        clock: Clock,
        process: str,
        read: Callable[[], Awaitable[StoredNow]],
        in_use: Mapping[str, str],
        restart: Callable[[], None],
    ) -> None:
        """Create the check.

        read: function that reads the stored settings
        in_use: values with which the process started
        restart: function that stops the process so that it is started again
        """
        self._units, self._clock, self._process, self._read = units, clock, process, read
        self._in_use, self._restart = in_use, restart
        self._reported: frozenset[str] | None = None

    async def __call__(self) -> None:
        """Compare the stored settings with those in use. Raises RetryLater."""
        now = await self._read()
        if now.left_out != self._reported:
            await self._report(now.left_out)
        if now.values != {name: each for name, each in self._in_use.items() if name not in now.left_out}:
            self._restart()

    async def _report(self, names: frozenset[str]) -> None:
        alarm = SettingsUnreadable(process=self._process, settings=", ".join(sorted(names))) if names else None
        async with self._units() as uow:
            await keep_alarm(uow, SettingsUnreadable, self._process, alarm, self._clock.now())
            await uow.commit()
        self._reported = names
