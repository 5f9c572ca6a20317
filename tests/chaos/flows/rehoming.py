"""Flow in which the account that owns a customer's channel is banned without a backup admin, and another account
recreates the channel.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.chaos import invariants, operator
from tests.chaos.flows.purchase import ENTRY_SECONDS, Purchase
from tests.support.demo import eventually, find

_LOST = "se ha perdido en Telegram"


class Moving(Purchase):
    """Base of flows in which a customer's channel is replaced, and the customer enters the new channel and reads a post
    there.

    old: the earlier channel. seen: the last message before the loss.
    """

    old: int = 0
    seen: int = 0

    def prelude(self) -> None:
        """Complete a purchase without faults."""
        self.world.pay(self.checkout())
        self.old = self.channel = self.join()
        self.finish()

    def move(self) -> None:
        """Enter the new channel with the invite that was sent automatically."""
        button = f"Unirte al canal {self.plan}"
        invite = self.until(self._come_back, lambda: self._another(button), "the invite to another channel comes")
        link = find(invite, button)
        assert link is not None
        url = link["url"]
        let_in = self.until(lambda: self.person.open(url), self._new, "the customer is let in", ENTRY_SECONDS)
        self.channel = int(let_in["id"])

    def _another(self, button: str) -> dict[str, Any] | None:
        reported = self.person.sees(_LOST)
        return self.person.sees("", button=button, after=reported["seq"] if reported else self.seen)

    def _new(self) -> dict[str, Any] | None:
        mine = [one for one in self.world.channels() if any(who["id"] == self.person.id for who in one["members"])]
        return next((one for one in mine if one["id"] != self.old), None)

    def owed(self) -> list[str]:
        rows = self.world.rows(_INSIDE, self.person.id)
        return [] if self.refused or rows else ["access that is active"]

    def broken(self) -> list[str]:
        person = self.person.id
        return [
            *invariants.one_of_each(self.world, _MOVED, person),
            *invariants.only_the_payer(self.world, person, self.channel),
            *invariants.said_once(self.world, self.person, {_LOST: "channel_replaced"}, self._said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.picked_once(self.world, self.slug, self.picks()),
            *invariants.nothing_forgotten(self.world),
        ]

    def _said_range(self) -> tuple[int, int]:
        """Return the allowed number of messages about the lost channel. Zero is allowed if a fault delayed the notice
        until the invite was sent, because the invite replaces the notice.
        """
        least, most = self.said_range()
        return (0 if self.strikes and not self.world.rows(_TO_BE_SAID, self.person.id) else least), most


class Rehoming(Moving):
    """Flow in which the owner account is lost permanently and its customer moves to a channel of another account."""

    name: ClassVar[str] = "rehoming"

    def prelude(self) -> None:
        """Remove the customers of earlier runs, because a lost account affects all of its customers."""
        for one in self.world.get("/subscriptions")["subscriptions"]:
            if one["state"] == "active":
                self.world.post(f"/subscriptions/{one['provider']}/{one['id']}/refund")
        eventually(lambda: not self.world.rows(_ANYBODY) or None, "everybody else has left")
        super().prelude()

    def play(self) -> None:
        self.seen = max(message["seq"] for message in self.person.messages())
        operator.is_banned(self.world, self.old)
        self.move()
        self.read_a_pick()
        self.until(self._unbanned, lambda: self._is_gone() or None, "the channel that was left behind is deleted")

    def _come_back(self) -> None:
        if self.account_trouble:
            operator.rest_of_others_is_over(self.world)
        super()._come_back()

    def _unbanned(self) -> None:
        operator.rest_is_over(self.world)

    def _is_gone(self) -> bool:
        return all(one["id"] != self.old for one in self.world.channels())


_INSIDE = """
SELECT 1 FROM accesses AS a JOIN customers AS me ON me.id = a.customer_id
WHERE me.telegram_id = $1 AND a.status = 'active'
"""
_TO_BE_SAID = """
SELECT 1 FROM notifications WHERE recipient = $1 AND kind = 'channel_replaced' AND failed IS NULL
"""
_ANYBODY = """
SELECT 1 FROM accesses AS a JOIN telegram_channels AS c ON c.id = a.channel_id
WHERE c.kind = 'personal' AND a.status NOT IN ('revoked', 'suspended') LIMIT 1
"""
_MOVED = """
SELECT (SELECT count(*) FROM payments WHERE customer_id = me.id) AS payments,
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id AND status = 'active') AS subscriptions,
       (SELECT count(*) FROM telegram_channels WHERE customer_id = me.id AND status = 'deleted') AS "channels given up",
       (SELECT count(*) FROM telegram_channels WHERE customer_id = me.id AND status = 'ready') AS channels,
       (SELECT count(*) FROM accesses WHERE customer_id = me.id AND status = 'active') AS accesses,
       (SELECT count(*) FROM accesses WHERE customer_id = me.id AND status = 'revoked') AS "accesses taken"
FROM customers AS me WHERE me.telegram_id = $1
"""
