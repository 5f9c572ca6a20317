"""Checks of a bot's polling: for another program that polls the updates of the same bot, so that Telegram sends each
program only some of the updates, and for long waits that Telegram imposes.
"""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

CONFLICTS_REPORTED: Final = 3
"""Number of conflicts within `WINDOW` at which an alarm is raised. A single conflict can also occur after a process was
killed while polling.
"""
WINDOW: Final = timedelta(minutes=5)
OVER_AFTER: Final = timedelta(minutes=10)
"""Time without a conflict after which the alarm is closed, because no other program can be polling."""


class BotPolledElsewhere(AlarmKind):
    """Alarm: another program polls the bot with the same token, or has set a webhook for the bot."""

    name = "bot_polled_elsewhere"
    closes = ByCause()
    bot: str
    reason: str


LONG_WAIT: Final = timedelta(minutes=5)
"""Wait imposed by Telegram at which an alarm is raised."""


class BotSlowedDown(AlarmKind):
    """Alarm: Telegram imposes a long wait on the bot, so the bot receives no messages.

    until: end of the wait
    """

    name = "bot_slowed_down"
    closes = ByCause()
    bot: str
    until: datetime


class WatchPolling:
    """Detection of polling conflicts and of imposed waits in one process that polls a bot's updates."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._quiet_since = clock.now()
        self._has_settled = False
        # A former process may have raised the alarm.
        self._is_slowed = True
        self._conflicts: deque[datetime] = deque(maxlen=CONFLICTS_REPORTED)

    async def conflict(self, bot: str, reason: str) -> None:
        """Record that Telegram refused a poll because of another program. Raises RetryLater."""
        now = self._quiet_since = self._clock.now()
        self._conflicts.append(now)
        self._has_settled = False
        if len(self._conflicts) == CONFLICTS_REPORTED and now - self._conflicts[0] <= WINDOW:
            await self._keep(bot, BotPolledElsewhere, BotPolledElsewhere(bot=bot, reason=reason))

    async def slow_down(self, bot: str, wait: timedelta) -> None:
        """Record that Telegram imposed a wait. Raises RetryLater."""
        if wait >= LONG_WAIT:
            self._is_slowed = True
            await self._keep(bot, BotSlowedDown, BotSlowedDown(bot=bot, until=self._clock.now() + wait))

    async def record_answer(self, bot: str) -> None:
        """Record that Telegram answered a poll, with or without updates, so that there is no conflict and no wait.
        Raises RetryLater.
        """
        if self._is_slowed:
            await self._keep(bot, BotSlowedDown, None)
            self._is_slowed = False
        if not self._has_settled and self._clock.now() - self._quiet_since >= OVER_AFTER:
            await self._keep(bot, BotPolledElsewhere, None)
            self._has_settled = True

    async def _keep(self, bot: str, kind: type[AlarmKind], alarm: AlarmKind | None) -> None:
        async with self._units() as uow:
            await keep_alarm(uow, kind, bot, alarm, self._clock.now())
            await uow.commit()
