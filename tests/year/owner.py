"""Simulated operator, who reads owner alerts and resends lost webhooks at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import NAMESPACE_URL, UUID, uuid5

from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import BulkExpiryId, TelegramId
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.house import House
from tests.year.journal import Journal
from tests.year.post import Post

MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)


@dataclass
class Owner:
    """Owner who acts on alarms within two hours, and checks for undelivered webhooks once a week."""

    house: House
    post: Post
    agenda: Agenda
    journal: Journal
    chance: Stream

    def begin(self) -> None:
        """Plan the weekly checks."""
        self.agenda.after(WEEK, self._look_weekly)

    def read(self, alarm: Notification) -> None:
        """Read an owner alert, and plan the reaction to it."""
        kind = alarm.params["alarm"]
        self.journal.log("alarm", kind, alarm.key)
        if kind == "payment_event_missing":
            self.agenda.after(self.chance.wait(MINUTE, 120 * MINUTE), partial(self.post.send_lost, kind))
        if kind == "sweep_held":
            bulk_expiry = BulkExpiryId(UUID(alarm.params["sweep"]))
            self.agenda.after(
                self.chance.wait(MINUTE, 30 * MINUTE), partial(self._let_go, bulk_expiry, alarm.recipient)
            )

    async def _let_go(self, bulk_expiry: BulkExpiryId, owner: TelegramId) -> None:
        self.journal.log("lets go", bulk_expiry)
        operation = uuid5(NAMESPACE_URL, f"let go {bulk_expiry}")
        await self.house.bot.panel().run_command()(owner, "confirm_sweep", str(bulk_expiry), {}, operation)

    async def _look_weekly(self) -> None:
        await self.post.send_lost("weekly look")
        self.agenda.after(WEEK, self._look_weekly)
