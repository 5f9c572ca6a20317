"""Checks of the guarantees about each shared chat: only entitled people are members, admission and removal are timely,
and the entry steps are completed in order.
"""

from __future__ import annotations

from datetime import datetime

from subscriptions.domain.ports.channel_provisioner import ExportedLink
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MadeChannel
from tests.year.bot_api import BotApi
from tests.year.entitlement import Entitlement
from tests.year.offer import opening
from tests.year.patience import Patience
from tests.year.promises import HOUR, LIVE, Broken
from tests.year.reading import Reading, Row
from tests.year.rights import FIRST_STRANGER
from tests.year.ritual import Ritual
from tests.year.shared_chats import KEPT, SharedChat
from tests.year.weather import Weather

OUT = frozenset({"revoking", "revoked", "suspended"})


class SharedPromises:
    """Checks of a shared chat, its links and its entries against the payments at the provider, the used codes, and the
    observed entry steps.
    """

    def __init__(
        self,
        channel: SharedChat,
        reading: Reading,
        entitlement: Entitlement,
        ritual: Ritual,
        api: BotApi,
        clock: ManualClock,
        weather: Weather,
    ) -> None:
        self._shared = channel
        self._reading = reading
        self._rights = entitlement
        self._ritual = ritual
        self._api = api
        self._clock = clock
        self._weather = weather
        self._patience = Patience(clock, weather)
        self._asked: dict[int, datetime] = {}
        self.mistakes: list[Broken] = []

    def hold(self) -> None:
        """Check the guarantees about the shared chat. Raises Broken if one is violated."""
        if self.mistakes:
            raise self.mistakes[0]
        channel = self._api.telegram.channel(self._shared.chat)
        self._patience.begin()
        mine = (row for row in self._reading.guests if row["chat"] == self._shared.chat)
        guests = {row["person"]: row for row in mine}
        for row in guests.values():
            self._out_in_time(row, channel)
            self._one_link(row, channel)
            if self._shared.ritual:
                self._entry_ends(row, channel)
        for person in {row["person"] for row in self._reading.standing} - KEPT:
            self._check_join_link(person, guests.get(person), channel)
        self._check_membership(guests, channel)
        self._patience.end()

    def removed(self, channel: MadeChannel, person: int) -> None:
        """Check that the removal of a person from the shared chat is permitted."""
        if channel.chat_id != self._shared.chat:
            return
        if person in KEPT:
            self._mistake("staff and the whitelisted are never put out", channel, person)
        elif person >= FIRST_STRANGER:
            self._mistake(f"whom the operator let into {self._shared.words} is left in peace", channel, person)
        elif self._rights.must_enter(person, self._shared.resource):
            self._mistake(f"nobody is put out of {self._shared.words} while a plan of theirs opens it", channel, person)

    def admitted(self, channel: MadeChannel, person: int) -> None:
        """Check that the admission of a person to the shared chat is permitted."""
        if channel.chat_id != self._shared.chat or person in KEPT:
            return
        if person >= FIRST_STRANGER or not self._rights.may_enter(person, self._shared.resource):
            self._mistake(f"only who has the right gets into {self._shared.words}", channel, person)
        if not self._through(person):
            self._mistake("nobody gets into the VIP channel before the third stage", channel, person)

    def linked(self, channel: MadeChannel, name: str, asks: bool) -> None:
        """Check that a link requires a join request and was created for a person who has completed the entry steps.

        asks: True if the link requires a join request.
        """
        if channel.chat_id != self._shared.chat:
            return
        person = int(name.split("-", maxsplit=1)[0])
        self._asked.pop(person, None)
        if not asks:
            self._mistake(f"a link into {self._shared.words} only lets its customer ask", channel, person)
        if person not in KEPT and not self._through(person):
            self._mistake("no link into the VIP channel before the third stage", channel, person)

    def asked_in_vain(self, person: int) -> None:
        """Record that an entitled person requested their status and got no link."""
        self._asked.setdefault(person, self._clock.now())

    def _out_in_time(self, row: Row, channel: MadeChannel) -> None:
        person = row["person"]
        if self._rights.may_enter(person, self._shared.resource):
            return
        inside = person in channel.members and person not in KEPT
        on_record = row["access"] not in OUT
        if (inside or on_record) and self._patience.over("no right to be inside", person):
            raise Broken(f"whoever should be out of {self._shared.words} is out within the hour", [row, inside], person)

    def _one_link(self, row: Row, channel: MadeChannel) -> None:
        person = row["person"]
        live = self._live_links(person, channel)
        served = person in channel.members or row["access"] in OUT
        if len(live) > (0 if served else 1) and self._patience.over("links", person):
            raise Broken(
                f"of the links into {self._shared.words} only the one still needed works", [row, *live], person
            )

    def _entry_ends(self, row: Row, channel: MadeChannel) -> None:
        """Check that an entry ends with its access: a returning person must complete the steps again."""
        person, over = row["person"], row["access"] == "revoked"
        if over and row["stage"] is not None and self._patience.over("entry", person):
            raise Broken("an entry ends with its access", [row], person)
        if not over or person in channel.members or any(one["status"] in LIVE for one in self._standing(person)):
            return
        if not self._rights.troubled(person, self._shared.resource):
            self._ritual.begins(person)

    def _check_join_link(self, person: int, row: Row | None, channel: MadeChannel) -> None:
        """Check that an entitled person outside the chat is in the entry steps, has a link, or can get one."""
        if person in channel.members or not self._rights.must_enter(person, self._shared.resource):
            self._asked.pop(person, None)
            return
        stuck = row is None or row["access"] in OUT | {"failed"}
        through = row is not None and row["stage"] in {3, None} and row["access"] != "invited"
        if through and (self._shared.chat, person) not in self._api.walked_out:
            stuck = stuck or not self._live_links(person, channel)
        in_vain = person in self._asked and self._weather.calm(self._asked[person])
        if not ((stuck and self._patience.over("no way in", person)) or in_vain):
            return
        if row is None or not self._has_alarm(row):
            asked = self._asked.get(person)
            facts = [row, asked, *self._standing(person)]
            promise = f"who has a right to {self._shared.words} has a way in within the hour, or there is an alarm"
            raise Broken(promise, facts, person)

    def _has_alarm(self, row: Row) -> bool:
        alarms = (f"paid_without_access:{row['access_row']}", "vip_link_refused", "no_channel")
        lately = self._clock.now() - 24 * HOUR
        return any(raised["created_at"] > lately for alarm in alarms for raised in self._reading.alarms(alarm))

    def _check_membership(self, guests: dict[int, Row], channel: MadeChannel) -> None:
        known = KEPT | self._reading.excused
        unknown = [one for one in channel.members if one < FIRST_STRANGER and one not in guests and one not in known]
        unpassed = [one for one in set(guests) - KEPT if one in channel.members and not self._through(one)]
        if unknown:
            raise Broken(f"only who has the right gets into {self._shared.words}", [channel], unknown[0])
        if unpassed:
            raise Broken("nobody gets into the VIP channel before the third stage", [guests[unpassed[0]]], unpassed[0])
        if channel.waiting and self._patience.over("waiting", channel.chat_id):
            raise Broken(f"every request to join {self._shared.words} is answered", [channel], min(channel.waiting))
        if channel.banned and self._patience.over("banned", channel.chat_id):
            raise Broken(f"nobody stays banned from {self._shared.words}", [channel], min(channel.banned))

    def _live_links(self, person: int, channel: MadeChannel) -> list[ExportedLink]:
        """Return the links created for a person. Links whose creation was not answered are left out, because the
        product does not know them; such a link admits its customer once.
        """
        links = self._api.telegram.live_links(channel)
        mine = [link for link in links if link.title.startswith(f"{person}-")]
        return [link for link in mine if link.url not in self._api.chat_members.unanswered_links]

    def _mistake(self, promise: str, channel: MadeChannel, person: int) -> None:
        if person in self._reading.excused:
            return
        rows = self._standing(person)
        mine = (row for row in self._reading.guests if row["chat"] == self._shared.chat)
        entry = next((row for row in mine if row["person"] == person), None)
        passed = self._ritual.passed.get(person)
        self.mistakes.append(Broken(promise, [f"passed: {passed}", entry, *rows, channel.title], person))

    def _standing(self, person: int) -> list[Row]:
        plans = opening(self._shared.resource)
        return [row for row in self._reading.standing if row["person"] == person and row["plan"] in plans]

    def _through(self, person: int) -> bool:
        return not self._shared.ritual or self._ritual.through(person)
