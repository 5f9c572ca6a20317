"""Owner alerts about database problems. Alarms can't be stored during such a problem, so the bot sends the alert
directly.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.messages.announcement import AlarmMessage
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.notifier import Notifier

log = structlog.get_logger(__name__)

GRACE: Final = timedelta(seconds=10)
"""Time for which a problem must last before it is reported."""
PAUSE: Final = timedelta(hours=1)


class OwnerAlert:
    """Service that sends owner alerts without storing them, in Spanish. Each replica of the bot sends one alert per
    hour while the problem lasts.
    """

    def __init__(self, notifier: Notifier, clock: Clock, owners: frozenset[TelegramId]) -> None:
        self._notifier = notifier
        self._clock = clock
        self._owners = owners
        self._sightings: dict[str, tuple[datetime, datetime]] = {}
        self._notifications: dict[str, datetime] = {}

    async def __call__(self, trouble: str) -> None:
        """Alert the owners if the problem has lasted long enough. Call this method every few seconds while the problem
        lasts. `trouble`: kind of the alarm.
        """
        now = self._clock.now()
        first_seen, last_seen = self._sightings.get(trouble, (now, now))
        first_seen = first_seen if now - last_seen < GRACE else now
        self._sightings[trouble] = first_seen, now
        notified_at = self._notifications.get(trouble)
        if now - first_seen < GRACE or (notified_at is not None and now - notified_at < PAUSE):
            return
        self._notifications[trouble] = now
        log.error("alarm that cannot be kept", kind=trouble, owners=len(self._owners))
        message = AlarmMessage(alarm=trouble, facts={})
        for owner in sorted(self._owners):
            try:
                await self._notifier.send(
                    Notification.owe(message, f"{trouble}:{owner}", owner, LANGUAGES.home, now), message
                )
            except UmbralError as error:
                log.warning("alarm not told", kind=trouble, owner=owner, reason=str(error))
