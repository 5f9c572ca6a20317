"""Delivery of webhooks from the simulated provider to the product: at once, late, twice, shuffled, or
only on request.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.fakes.provider import SIGNED
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.journal import Journal
from tests.year.silence import Silence
from tests.year.weather import POST, Weather

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Post:
    """Webhook delivery. late: share of webhooks that arrive a day or two late. lost: undelivered webhooks, which can be
    sent again.
    """

    def __init__(
        self,
        receive: ReceiveWebhook,
        agenda: Agenda,
        weather: Weather,
        journal: Journal,
        chance: Stream,
        late: float,
        silence: Silence,
    ):
        self._receive = receive
        self._agenda = agenda
        self._weather = weather
        self._journal = journal
        self._chance = chance
        self._late = late
        self._silence = silence
        self.lost: dict[str, PaymentEvent] = {}

    def take(self, event: PaymentEvent) -> None:
        """Send a webhook once, several times, or not at all."""
        if self._silence.reigns(event.occurred_at):
            self._journal.log("event unheard", event.event_key, event.raw_type, person=event.telegram_id)
            return
        fate = self._chance.random()
        waits = [self._chance.wait(SECOND, 5 * SECOND)]
        if fate < 0.08:
            waits.append(self._chance.wait(SECOND, 2 * HOUR))
        elif fate < 0.16:
            waits = [self._chance.wait(MINUTE, 2 * HOUR)]
        elif fate < 0.18:
            waits = [self._chance.wait(2 * HOUR, 8 * HOUR)]
        elif fate < 0.18 + self._late:
            waits = [self._chance.wait(20 * HOUR, 40 * HOUR)]
        elif fate > 0.98:
            self.lost[event.event_key] = event
            waits = []
        self._journal.log("event", event.event_key, event.raw_type, *waits, person=event.telegram_id)
        for wait in waits:
            self._agenda.after(wait, partial(self._deliver, event))

    async def send_lost(self, why: str) -> None:
        """Send all undelivered webhooks again."""
        for event in self.lost.values():
            self._journal.log("sent again", event.event_key, why, person=event.telegram_id)
            self._agenda.after(self._chance.wait(SECOND, MINUTE), partial(self._deliver, event))
        self.lost.clear()

    async def _deliver(self, event: PaymentEvent) -> None:
        if self._silence.reigns(self._agenda.now()):
            self._journal.log("event unheard", event.event_key, event.raw_type, person=event.telegram_id)
            return
        shut_until = self._weather.away(POST)
        if shut_until is not None:
            # Undeliverable webhooks are retried in random order.
            self._agenda.at(shut_until + self._chance.wait(SECOND, 10 * MINUTE), partial(self._deliver, event))
            return
        try:
            await self._receive(event.provider, SIGNED, event.event_key.encode())
        except RetryLater:
            self._agenda.after(MINUTE, partial(self._deliver, event))
            return
        self._journal.log("webhook", event.event_key, event.raw_type, person=event.telegram_id)
