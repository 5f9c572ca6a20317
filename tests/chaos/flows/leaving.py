"""Cancellation in the chat, expiry at the end of the paid period, and deletion of the frozen channel."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.purchase import Purchase

MONTH_AND_A_BIT = {"days": 31, "hours": 1}
RETENTION_AND_A_BIT = {"days": 30, "hours": 1}


class Leaving(Purchase):
    """Flow in which a customer cancels and is removed at the end of the period; the channel is frozen and later
    deleted.

    kept: guarantees that were violated while the channel was frozen.
    """

    name: ClassVar[str] = "leaving"
    kept: tuple[str, ...] = ()

    def prelude(self) -> None:
        """Complete a purchase without faults."""
        self.world.pay(self.checkout())
        self.channel = self.join()
        self.finish()

    def play(self) -> None:
        seen = self.last()
        card = self.until(
            lambda: self.person.send("/cancelar"),
            lambda: self.person.sees("Cancelar", button=self._yes, after=seen),
            "the bot asks whether",
        )
        self.until(self.press(card, self._yes), self._canceled, "it is cancelled")
        self.let_time_pass(**MONTH_AND_A_BIT)
        self.until(wait, lambda: not self._inside() or None, "the customer is out")
        self.until(wait, self._ended, "access has ended")
        self.finish()
        self.kept = tuple(invariants.nobody_inside(self.world, self.person.id, self.channel))
        self.let_time_pass(**RETENTION_AND_A_BIT)
        self.until(wait, lambda: self._telegram() is None or None, "the channel is deleted")

    _yes = "Sí, cancelar"

    def _canceled(self) -> dict[str, Any] | None:
        return self.person.sees("está cancelada") or self.person.sees("Cancelada.")

    def _ended(self) -> bool | None:
        return bool(self.world.rows(_EXPIRED, self.person.id)) or None

    def _inside(self) -> bool:
        channel = self._telegram()
        return channel is None or any(member["id"] == self.person.id for member in channel["members"])

    def _telegram(self) -> dict[str, Any] | None:
        """Return the channel as the sandbox's Telegram stores it, or None after its deletion."""
        return next((one for one in self.world.channels() if one["id"] == self.channel), None)

    def owed(self) -> list[str]:
        if not self.world.rows(_CANCELED, self.person.id):
            return super().owed()
        reported = self.refused or self.person.sees("ha terminado")
        return [] if reported else ["word that access has ended"]

    def broken(self) -> list[str]:
        person = self.person.id
        return [
            *invariants.ended_once(self.world, person),
            *self.kept,
            *invariants.slot_is_free(self.world, self.channel),
            *invariants.said_once(self.world, self.person, invariants.SAID_TO_LEAVERS, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]


_EXPIRED = """
SELECT 1 FROM subscriptions AS s JOIN customers AS me ON me.id = s.customer_id
WHERE me.telegram_id = $1 AND s.status = 'expired'
"""
_CANCELED = """
SELECT 1 FROM subscriptions AS s JOIN customers AS me ON me.id = s.customer_id
WHERE me.telegram_id = $1 AND s.status IN ('canceled', 'expired')
"""
