"""A webhook's way from the provider to the product: at once, late, twice, shuffled, or not before somebody asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from subscriptions.application.handlers.receive_webhook import ReceiveWebhook
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.fakes.clock import ManualClock
from tests.fakes.provider import SIGNED
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.journal import Journal

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Post:
    """Delivers events. heard: when each event first reached the product, by its key."""

    def __init__(self, receive: ReceiveWebhook, agenda: Agenda, clock: ManualClock, journal: Journal, chance: Stream):
        self._receive = receive
        self._agenda = agenda
        self._clock = clock
        self._journal = journal
        self._chance = chance
        self.heard: dict[str, datetime] = {}
        self.lost: dict[str, PaymentEvent] = {}
        self.shut_until: datetime | None = None

    def take(self, event: PaymentEvent) -> None:
        """Send an event on its way, or several times, or not at all."""
        fate = self._chance.random()
        waits = [self._chance.wait(SECOND, 5 * SECOND)]
        if fate < 0.08:
            waits.append(self._chance.wait(SECOND, 2 * HOUR))
        elif fate < 0.16:
            waits = [self._chance.wait(MINUTE, 2 * HOUR)]
        elif fate < 0.18:
            waits = [self._chance.wait(2 * HOUR, 8 * HOUR)]
        elif fate < 0.20:
            self.lost[event.event_key] = event
            waits = []
        self._journal.tell("event", event.event_key, event.raw_type, *waits, person=event.telegram_id)
        for wait in waits:
            self._agenda.after(wait, partial(self._deliver, event))

    def ask_again(self, event_key: str) -> None:
        """Somebody has an event sent again that never came."""
        event = self.lost.pop(event_key, None)
        if event is not None:
            self._agenda.after(MINUTE, partial(self._deliver, event))

    async def _deliver(self, event: PaymentEvent) -> None:
        if self.shut_until is not None and self._clock.now() < self.shut_until:
            # What could not be delivered comes back in no particular order.
            back = self.shut_until + self._chance.wait(SECOND, 10 * MINUTE)
            self._agenda.at(back, partial(self._deliver, event))
            return
        try:
            await self._receive(event.provider, SIGNED, event.event_key.encode())
        except RetryLater:
            self._agenda.after(MINUTE, partial(self._deliver, event))
            return
        self.heard.setdefault(event.event_key, self._clock.now())
        self._journal.tell("webhook", event.event_key, event.raw_type, person=event.telegram_id)
