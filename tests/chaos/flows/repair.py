"""Flow with two repairs of a channel: its bots lose their rights at Telegram, and the channel is deleted at
Telegram.
"""

from __future__ import annotations

from typing import ClassVar

from tests.chaos.flows.flow import wait
from tests.chaos.flows.purchase import ENTRY_SECONDS
from tests.chaos.flows.rehoming import Moving

A_WHILE = {"minutes": 11}
"""Slightly longer than the product waits before it treats a channel as deleted."""


class Repair(Moving):
    """Flow in which the bots lose all rights and a post still arrives; then the channel is deleted by hand at
    Telegram.
    """

    name: ClassVar[str] = "repair"

    def play(self) -> None:
        self.seen = max(message["seq"] for message in self.person.messages())
        owner = self.world.get(f"/channels/{self.old}")["owner"]
        rights = self._rights()
        for bot in rights:
            self.world.post(f"/users/{owner}/set_admin", {"channel_id": self.old, "admin": bot, "rights": []})
        self.read_a_pick()
        self.until(wait, lambda: self._rights() == rights or None, "the bots have their rights", ENTRY_SECONDS)
        self.world.post(f"/users/{owner}/delete_channel", {"channel_id": self.old})
        self.send_a_pick()
        self.until(wait, lambda: bool(self.world.rows(_SECOND_LOOK)) or None, "the bot will look once more")
        self.let_time_pass(**A_WHILE)
        self.move()
        self.until(wait, lambda: self.picks() or None, "the pick that was missed is there", ENTRY_SECONDS)

    def _rights(self) -> dict[int, list[str]]:
        admins = self.world.get(f"/channels/{self.old}")["admins"]
        return {admin["id"]: sorted(admin["rights"]) for admin in admins if admin["is_bot"]}


_SECOND_LOOK = "SELECT 1 FROM due_jobs WHERE key LIKE '%:lost:%'"
