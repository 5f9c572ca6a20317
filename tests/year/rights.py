"""Checks of the guarantees about personal channels: only the payer is a member, people without access are removed in
time, and no customer is removed by mistake.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from subscriptions.domain.entities.channel import MARKER_LENGTH
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MadeChannel
from tests.year.bot_api import BotApi
from tests.year.entitlement import Entitlement
from tests.year.facts import everything
from tests.year.patience import Patience
from tests.year.promises import HOUR, LIVE, Broken
from tests.year.reading import Reading, Row
from tests.year.shared_chats import KEPT, SHARED
from tests.year.weather import Weather

_REVOKED = """
SELECT a.id, a.status, ch.channel_id AS chat, c.telegram_id AS person FROM accesses AS a
JOIN telegram_channels AS ch ON ch.id = a.channel_id JOIN customers AS c ON c.id = a.customer_id
WHERE a.id = $1 AND a.status = 'revoked' AND ch.channel_id IS NOT NULL
"""
FIRST_STRANGER = 850_000_001


class RightsPromises:
    """Checks that compare members, links and requests with each customer's payments at the provider."""

    def __init__(
        self,
        reading: Reading,
        entitlement: Entitlement,
        api: BotApi,
        clock: ManualClock,
        weather: Weather,
    ) -> None:
        self._reading = reading
        self._rights = entitlement
        self._api = api
        self._telegram = api.telegram
        self._patience = Patience(clock, weather)
        self._judged: set[object] = set()
        self.mistakes: list[Broken] = []

    def hold(self) -> None:
        """Check the guarantees about personal channels. Raises Broken if one is violated."""
        if self.mistakes:
            raise self.mistakes[0]
        self._patience.begin()
        for row in self._reading.standing:
            self._ended_too_early(row)
        for row in self._reading.personal:
            self._ended_in_time(row)
            self._check_join_link(row)
        for channel in self._telegram.channels:
            if channel.chat_id in SHARED or channel.chat_id in self._reading.excused_chats:
                continue
            self._only_the_payer(channel)
        self._patience.end()

    def removed(self, channel: MadeChannel, person: int) -> None:
        """Check that a person removed from a channel was not entitled to it."""
        row = self._reading.by_chat.get(channel.chat_id)
        if row is None or row["person"] != person:
            return
        for agreement in self._rights.agreements(person, row["plan"]):
            if self._rights.is_entitled(agreement):
                self.mistakes.append(Broken("nobody is removed by mistake", [row, agreement], person))

    def admitted(self, channel: MadeChannel, person: int) -> None:
        """Check that a person admitted to a channel is the channel's payer."""
        row = self._reading.by_chat.get(channel.chat_id)
        if person >= FIRST_STRANGER or (row is not None and row["person"] != person):
            self.mistakes.append(
                Broken("only the payer gets in", [person, channel, row], row["person"] if row else None)
            )

    async def out_is_out(self, access: str) -> None:
        """Check that a customer recorded as removed is not a member."""
        for row in await self._reading.rows(_REVOKED, UUID(access)):
            kept = row["chat"] in SHARED and row["person"] in KEPT
            if row["person"] in self._members(row["chat"]) and not kept:
                raise Broken("who is out by the record is out", [row], row["person"])

    def _ended_in_time(self, row: Row) -> None:
        """Check that a customer without a right to access is neither a member nor recorded as a live subscriber or as
        admitted.
        """
        person, plan = row["person"], row["plan"]
        inside = row["chat"] is not None and person in self._members(row["chat"])
        entering = row["access"] in {"invited", "active", "action_required", "failed"}
        if not inside and not ((row["status"] in LIVE and row["paused_for"] is None) or entering):
            return
        if any(self._rights.may_stay(agreement) for agreement in reversed(self._rights.agreements(person, plan))):
            return
        if self._patience.over("no right to it", row["id"]):
            books = self._rights.agreements(person, plan)
            raise Broken("whoever should be out is out within the hour", [row, *books], person)

    def no_twins(self) -> None:
        """Check that no channel was created twice, not even briefly."""
        made: dict[str, MadeChannel] = {}
        for channel in self._telegram.channels:
            twin = made.setdefault(_marker(channel), channel)
            if twin is not channel and channel.chat_id not in SHARED:
                raise Broken("one channel per personal subscription", [twin, channel], None)

    def _ended_too_early(self, row: Row) -> None:
        """Check that no access ends while the customer has time from payments that were not reversed."""
        if row["status"] != "expired" or row["end_reason"] != "period_over" or row["id"] in self._judged:
            return
        self._judged.add(row["id"])
        for agreement in self._rights.agreements(row["person"], row["plan"]):
            end = agreement.paid_until(everything)
            if agreement.order != str(row["order_id"]) or end is None or agreement.pauses:
                continue
            if agreement.on_hold(partial(self._reading.knew_at, moment=row["ended_at"])):
                raise Broken("no time runs out while a payment is disputed", [row, agreement], row["person"])
            if row["ended_at"] < end and not any(capture.reversals for capture in agreement.captures):
                raise Broken("access ends where the ledger says", [row, agreement], row["person"])

    def _check_join_link(self, row: Row) -> None:
        """Check that a paying customer gets a link within the hour, or that the owners get an alarm."""
        waiting = row["access"] in {"pending", "failed"} or row["access"] is None
        if row["status"] not in LIVE - {"paused"} or not waiting:
            return
        if (row["chat"], row["person"]) in self._api.walked_out:
            return
        if not any(
            self._rights.is_entitled(agreement) for agreement in self._rights.agreements(row["person"], row["plan"])
        ):
            return
        alarms = self._reading.alarms(f"paid_without_access:{row['access_row']}")
        if self._patience.over("no way in", row["id"]) and not alarms:
            raise Broken("who paid has a way in within the hour, or there is an alarm", [row], row["person"])

    def _only_the_payer(self, channel: MadeChannel) -> None:
        row = self._reading.by_chat.get(channel.chat_id)
        payer = row["person"] if row is not None else None
        facts = [channel, row]
        others = [person for person in sorted(channel.members) if person != payer]
        if row is None and self._patience.over("forgotten", channel.chat_id):
            raise Broken("every channel is known", facts, payer)
        if others and self._patience.over("others", channel.chat_id, 2 * HOUR):
            raise Broken("only the payer is inside", [others, *facts], payer)
        if channel.waiting and self._patience.over("waiting", channel.chat_id):
            raise Broken("every request is answered within the hour", facts, payer)
        if channel.banned and self._patience.over("banned", channel.chat_id):
            raise Broken("nobody stays banned", facts, payer)
        served = payer in channel.members and bool(self._telegram.live_links(channel))
        if served and self._patience.over("links", channel.chat_id):
            raise Broken("a link has served once its customer is inside", facts, payer)

    def _members(self, chat: int) -> set[int]:
        channel = next((one for one in self._telegram.channels if one.chat_id == chat), None)
        return set(channel.members) if channel is not None else set()


def _marker(channel: MadeChannel) -> str:
    """Return the marker by which a channel is recognised. It is in the titles of the channel's links; before the first
    link is created, it is at the end of the channel's description.
    """
    titles = (link.title[:MARKER_LENGTH] for link in channel.links if link.title)
    return next(titles, channel.about[-MARKER_LENGTH:])
