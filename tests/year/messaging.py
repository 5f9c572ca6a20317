"""Checks of the guarantees about messages: each message is sent once, no message is lost, and reminders are sent once
per period.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from subscriptions.domain.entities.notification import Notification
from tests.fakes.clock import ManualClock
from tests.year.promises import Broken
from tests.year.reading import Reading
from tests.year.weather import Weather

OFTEN = {"renewal_coming": 1, "trial_ending": 1, "ending_soon": 4, "dunning": 2, "come_back": 2}
"""Maximum number of reminders of each kind about one end or charge."""

APART = timedelta(minutes=1)
"""Minimum interval between two reminders of a kind about one end. At a shorter interval, the second reminder violates
the guarantee.
"""

ABOUT_PAYMENT = ("payment_received", "renewed", "recovered")


class MessagePromises:
    """Checks that compare the delivered messages with the queued messages."""

    def __init__(self, reading: Reading, clock: ManualClock, weather: Weather) -> None:
        self._reading = reading
        self._clock = clock
        self._weather = weather
        self._arrived: Counter[str] = Counter()
        self._when: dict[str, datetime] = {}
        self._twice: set[str] = set()
        self._reminded: dict[tuple[int, str, str], dict[str, datetime]] = {}
        self._judged: set[tuple[int, str, str]] = set()
        self._checked_payments: set[object] = set()

    def arrived(self, message: Notification) -> None:
        """Record a delivered message."""
        self._arrived[message.key] += 1
        self._when.setdefault(message.key, self._clock.now())
        if self._arrived[message.key] > 1:
            self._twice.add(message.key)
        if message.kind in OFTEN:
            about = json.dumps([message.params.get(name) for name in ("plan_name", "until", "charge", "ended_at")])
            subject = (message.recipient, message.kind, about)
            self._reminded.setdefault(subject, {}).setdefault(message.key, self._clock.now())
            self._judged.discard(subject)

    def lose(self, since: datetime) -> None:
        """Discard the messages since the given time, which the database lost. A message that is sent again counts as
        the first one.
        """
        for key in [key for key, at in self._when.items() if at >= since]:
            del self._when[key], self._arrived[key]
            self._twice.discard(key)

    def hold(self) -> None:
        """Check the guarantees about messages. Raises Broken if one is violated."""
        for key in sorted(self._twice):
            row = self._reading.notices.get(key)
            if row is not None and self._arrived[key] > 1 + row["repeated"]:
                raise Broken(
                    "a message is told once, repetitions are counted", [row, self._arrived[key]], row["person"]
                )
        for subject in [each for each in self._reminded if each not in self._judged]:
            (person, kind, about), keys = subject, self._reminded[subject]
            moments = sorted(keys.values())
            close = any(later - earlier < APART for earlier, later in pairwise(moments))
            if close or len(keys) > OFTEN[kind]:
                raise Broken("each reminder once", [kind, about, *keys.items()], person)
            self._judged.add(subject)
        for row in self._reading.unsent:
            if self._weather.calm(row["created_at"]):
                raise Broken("a message that is owed is sent within the hour", [row], row["person"])
        self._each_payment_has_one_message()

    def _each_payment_has_one_message(self) -> None:
        for rows in self._reading.payments.values():
            row = rows[0]
            if (
                row["id"] in self._checked_payments
                or row["flag"] is not None
                or not self._weather.calm(row["recorded_at"])
            ):
                continue
            kinds = [kind for kind in ABOUT_PAYMENT if f"{kind}:{row['id']}" in self._reading.notices]
            if len(kinds) != 1:
                raise Broken("a payment is told exactly once", [row, *kinds], row["person"])
            self._checked_payments.add(row["id"])
