"""All promises, held each virtual hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from subscriptions.application.dto.jobs import RemovePerson, TendChannel
from subscriptions.domain.entities.notification import Notification
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MadeChannel
from tests.year.bot_api import BotApi
from tests.year.codes import Codes
from tests.year.desk import Desk
from tests.year.entitlement import Entitlement
from tests.year.hearing import HearingPromises
from tests.year.journal import Journal
from tests.year.promises import Broken, MoneyPromises
from tests.year.provider import YearProvider
from tests.year.reading import Reading
from tests.year.rights import RightsPromises
from tests.year.ritual import Ritual
from tests.year.silence import Silence
from tests.year.telling import TellingPromises
from tests.year.vip_channel import VIP_CHAT
from tests.year.vip_promises import VipPromises
from tests.year.weather import Weather


class Law:
    """Reads what changed, and judges all of it. linked, asked_in_vain: see VipPromises."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        clock: ManualClock,
        provider: YearProvider,
        api: BotApi,
        weather: Weather,
        codes: Codes,
        ritual: Ritual,
        journal: Journal,
        silence: Silence,
    ) -> None:
        self._clock = clock
        self.reading = Reading(connection)
        entitlement = Entitlement(self.reading, provider, codes, clock)
        self._money = MoneyPromises(self.reading, provider, codes.all, clock, weather)
        self._rights = RightsPromises(self.reading, entitlement, api, clock, weather)
        self._vip = VipPromises(self.reading, entitlement, ritual, api, clock, weather)
        self.linked, self.asked_in_vain = self._vip.linked, self._vip.asked_in_vain
        self._telling = TellingPromises(self.reading, clock, weather)
        self._hearing = HearingPromises(self.reading, provider, clock, weather, journal, silence)

    def removed(self, channel: MadeChannel, person: int) -> None:
        """Somebody is being put out of a channel."""
        self._rights.removed(channel, person)
        self._vip.removed(channel, person)

    def admitted(self, channel: MadeChannel, person: int) -> None:
        """Somebody is let into a channel."""
        if channel.chat_id != VIP_CHAT:
            self._rights.admitted(channel, person)
        self._vip.admitted(channel, person)

    async def after(self, job: str, payload: Mapping[str, Any]) -> None:
        """A job was done. Raise Broken."""
        if job.startswith(TendChannel.name):
            self._rights.no_twins()
        if job == RemovePerson.name:
            await self._rights.out_is_out(payload["access_id"])

    def arrived(self, message: Notification) -> None:
        """A message reached somebody."""
        self._telling.arrived(message)

    async def hold(self, desk: Desk, *, changed: bool) -> None:
        """Raise Broken for the first promise that does not hold. changed: the product may have done something."""
        if desk.held:
            raise Broken("no job is given up", desk.held, None)
        if changed:
            await self.reading.look(self._clock.now())
        self._money.hold()
        self._hearing.hold()
        self._rights.hold()
        self._vip.hold()
        self._telling.hold()
