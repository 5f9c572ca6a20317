"""Check of all guarantees about the product in each virtual hour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from subscriptions.application.dto.jobs import RemovePerson, TendChannel
from subscriptions.domain.entities.notification import Notification
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MadeChannel
from tests.year.bot_api import BotApi
from tests.year.codes import Codes
from tests.year.desk import Desk
from tests.year.entitlement import Entitlement
from tests.year.journal import Journal
from tests.year.line import Line
from tests.year.messaging import MessagePromises
from tests.year.promises import Broken, MoneyPromises
from tests.year.provider import YearProvider
from tests.year.reading import Reading
from tests.year.recording import RecordingPromises
from tests.year.rights import RightsPromises
from tests.year.ritual import Ritual
from tests.year.shared_chats import SHARED, SHARED_CHATS
from tests.year.shared_promises import SharedPromises
from tests.year.silence import Silence
from tests.year.weather import Weather
from tests.year.written import Written

_PAID = "SELECT payment_key, status FROM payments"
_LOSS_ALARMS = "SELECT key FROM alarms WHERE kind = 'brought_back' AND raised_at >= $1"
_PARKED = "SELECT event_key FROM webhook_inbox WHERE status = 'parked'"


class Law:
    """Checker of all guarantees, which reads the changed records. asked_in_vain: function to call for an entitled
    person who requested their status and got no link.
    """

    def __init__(
        self,
        connection: Line,
        written: Written,
        clock: ManualClock,
        provider: YearProvider,
        api: BotApi,
        weather: Weather,
        codes: Codes,
        ritual: Ritual,
        journal: Journal,
        silence: Silence,
    ) -> None:
        self._clock, self._api, self._provider = clock, api, provider
        self.reading = Reading(connection, written)
        self._rights_by_books = entitlement = Entitlement(self.reading, provider, codes, clock)
        self._money = MoneyPromises(self.reading, provider, codes.all, clock, weather)
        self._rights = RightsPromises(self.reading, entitlement, api, clock, weather)
        self._shared = [
            SharedPromises(chat, self.reading, entitlement, ritual, api, clock, weather) for chat in SHARED_CHATS
        ]
        self.asked_in_vain = self._shared[0].asked_in_vain
        self._messages = MessagePromises(self.reading, clock, weather)
        self._recording = RecordingPromises(self.reading, provider, clock, weather, journal, silence)

    def removed(self, channel: MadeChannel, person: int) -> None:
        """Check the guarantees about the removal of a person from a channel."""
        if self._about_lost(channel, person):
            return
        self._rights.removed(channel, person)
        for each in self._shared:
            each.removed(channel, person)

    def admitted(self, channel: MadeChannel, person: int) -> None:
        """Check the guarantees about the admission of a person to a channel."""
        if self._about_lost(channel, person):
            return
        if channel.chat_id not in SHARED:
            self._rights.admitted(channel, person)
        for each in self._shared:
            each.admitted(channel, person)

    def linked(self, channel: MadeChannel, name: str, asks: bool) -> None:
        """Check the guarantees about the creation of an invite link.

        name: the link's name.
        asks: True if the link requires a join request.
        """
        for each in self._shared:
            each.linked(channel, name, asks)

    def _about_lost(self, channel: MadeChannel, person: int) -> bool:
        return person in self.reading.excused or channel.chat_id in self.reading.excused_chats

    async def after(self, job: str, payload: Mapping[str, Any]) -> None:
        """Check the guarantees about a finished job. Raises Broken if one is violated."""
        if job.startswith(TendChannel.name):
            self._rights.no_twins()
        if job == RemovePerson.name:
            await self._rights.out_is_out(payload["access_id"])

    def arrived(self, message: Notification) -> None:
        """Check the guarantees about a delivered message."""
        if message.recipient not in self.reading.excused:
            self._messages.arrived(message)

    async def lose(self, since: datetime, touched: set[int]) -> None:
        """Record a loss of the database since the given time. No guarantee is checked for the affected people."""
        known = {row["channel_id"] for row in await self.reading.rows("SELECT channel_id FROM telegram_channels")}
        made = {channel.chat_id for channel in self._api.telegram.channels}
        self.reading.excuse(since, touched, made - known)
        self._provider.excused |= touched
        self._messages.lose(since)

    async def hold_loss_reported(self, since: datetime) -> None:
        """Raise Broken if the owners were not notified of the loss."""
        if not await self.reading.everybodys(_LOSS_ALARMS, since):
            raise Broken("that hours were lost is told", [since], None)

    async def hold_lost(self, since: datetime, until: datetime) -> None:
        """Raise Broken if a payment or refund of the lost hours is not recorded yet."""
        rows = await self.reading.everybodys(_PAID)
        known = {row["payment_key"]: row["status"] for row in rows}
        parked = {row["event_key"] for row in await self.reading.everybodys(_PARKED)}
        for agreement in self._provider.agreements.values():
            for capture in agreement.captures:
                lost = [one for one in capture.refunds if one.full and since <= one.at < until]
                if since <= capture.at < until and capture.key not in known and not parked:
                    raise Broken("money of lost hours is on record, or told", [capture, agreement], None)
                if lost and known.get(capture.key) == "captured":
                    raise Broken("money of lost hours is on record, or told", [capture, *lost, agreement], None)

    def excused(self, broken: Broken) -> bool:
        """Return True if the violated guarantee concerns a person whose records were lost with the database."""
        return broken.person in self.reading.excused

    async def hold(self, desk: Desk, *, changed: bool) -> None:
        """Check all guarantees and raise Broken for the first violated one. changed: True if the product may have
        changed something since the last check.
        """
        if desk.held:
            raise Broken("no job is given up", desk.held, None)
        self.reading.changed = False
        if changed:
            await self.reading.look(self._clock.now())
        self._money.hold()
        self._recording.hold()
        with self._rights_by_books.unchanged():
            self._rights.hold()
            for each in self._shared:
                each.hold()
        self._messages.hold()
