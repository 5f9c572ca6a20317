"""Withdrawal from the contract by the two steps in the chat: the payment is refunded and access ends at once."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.purchase import Purchase

_WITHDRAW, _CONFIRM = "Desistir del contrato", "Confirmar desistimiento"
_ACKNOWLEDGED = "Acuse de recibo de tu desistimiento"
_SAID = {"📄 Acuse de recibo": "withdrawn"}
"""Beginning of the text of the acknowledgement, mapped to the kind of its notification. The acknowledgement names the
amount and has a file. The refund that follows within the hour has no message of its own.
"""


class Withdrawal(Purchase):
    """Flow in which a member withdraws from the contract: the whole payment is refunded, and the acknowledgement meets
    the legal requirements.
    """

    name: ClassVar[str] = "withdrawal"

    def prelude(self) -> None:
        """Complete a purchase without faults."""
        self.world.pay(self.checkout())
        self.channel = self.join()
        self.finish()

    def play(self) -> None:
        seen = self.last()
        card = self.until(
            lambda: self.person.send("/estado"),
            lambda: self.person.sees("", button=_WITHDRAW, after=seen),
            "the status is shown",
        )
        step = self.until(
            self.press(card, _WITHDRAW),
            lambda: self.person.sees("", button=_CONFIRM, after=seen),
            "the bot asks whether",
        )
        self.until(self.press(step, _CONFIRM), lambda: self._withdrawn() or None, "they have withdrawn")
        self.until(wait, lambda: not self.inside() or None, "the customer is out")
        self.until(wait, lambda: self.given_back() or None, "the money went back")

    def _withdrawn(self) -> bool:
        return bool(self.world.rows(_DECLARED, self.person.id))

    def owed(self) -> list[str]:
        if not self._withdrawn():
            return super().owed()
        missing = [] if self.refused else [words for words in _SAID if not self.person.sees(words)]
        return missing if self._document() or self.refused else [*missing, "the acknowledgement as a file"]

    def _document(self) -> dict[str, Any] | None:
        return next((each for each in self.person.messages() if each["kind"] == "document"), None)

    def broken(self) -> list[str]:
        person = self.person.id
        return [
            *invariants.ended_once(self.world, person),
            *invariants.given_back_once(self.world, person),
            *invariants.one_of_each(self.world, _WITHDRAWN, person),
            *invariants.nobody_inside(self.world, person, self.channel),
            *invariants.said_once(self.world, self.person, _SAID, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]


_DECLARED = "SELECT 1 FROM withdrawals AS w JOIN customers AS me ON me.id = w.customer_id WHERE me.telegram_id = $1"
_WITHDRAWN = """
SELECT count(*) AS withdrawals, count(*) FILTER (WHERE w.automatic) AS "withdrawals with their money"
FROM withdrawals AS w JOIN customers AS me ON me.id = w.customer_id WHERE me.telegram_id = $1
"""
