"""Chaos test of a partner's link: a purchase through the link, the hold, the payout, and a refund after the payout."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.program import Program
from tests.chaos.flows.purchase import Purchase

COMMISSION, PAYOUT = "20 %", "5.99 EUR"
HOLD_AND_A_BIT = {"days": 18}
"""Time after which a commission is payable: the 14 days to withdraw from a contract may end on the Monday after."""
_LEDGER = ["earned 599", "paid 599", "reversed 599"]


class Partnering(Purchase):
    """Flow in which a customer buys through a partner's link, and the commission is earned, paid out and reversed by a
    refund.
    """

    name: ClassVar[str] = "partner"

    def prelude(self) -> None:
        """Make a person a partner."""
        self.partner = self.world.person(f"Socia {self.person.id}")
        self.people = (self.person.id, self.partner.id)
        self.code = f"SOCIA{self.person.id}"
        self.partner.send("/start")
        self.partner.received("", button="Ver Planes")
        self.program = Program(self.world)
        self.program.asks(
            f"customers/{self.partner.id}/add-partner", code=self.code, commission=COMMISSION, when="each", hold=14
        )

    def play(self) -> None:
        """Buy through the partner's link, wait for the commission, pay it out, and refund the payment
        at the provider.
        """
        link = f"https://t.me/{self.person.bot}?start=p_{self.code}"
        self.until(lambda: self.person.open(link), lambda: self._arrived() or None, "the partner brought them")
        self.world.pay(self.checkout())
        self.channel = self.join()
        self.until(wait, lambda: self._ledger() == _LEDGER[:1] or None, "the commission is earned")
        self.let_time_pass(**HOLD_AND_A_BIT)
        self.program.asks(f"partners/{self.code}/record-payout", payout=PAYOUT, reference=f"T-{self.person.id}")
        seen = max(message["seq"] for message in self.partner.messages())
        self.until(
            lambda: self.partner.send("/socio"),
            lambda: self._statement(seen),
            "the partner sees that nothing is left to be paid out",
        )
        self.world.post(f"/subscriptions/stripe/{self.at_provider()}/refund")
        self.until(wait, lambda: self._ledger() == _LEDGER or None, "the commission is taken back")
        self.until(wait, lambda: not self.inside() or None, "the customer is out")

    def _arrived(self) -> bool:
        return bool(self.world.rows(_BROUGHT, self.person.id))

    def _ledger(self) -> list[str]:
        return [f"{row['kind']} {row['amount_minor']}" for row in self.world.rows(_ENTRIES, self.code)]

    def _statement(self, seen: int) -> dict[str, Any] | None:
        shown = self.partner.sees("Tu cuenta de afiliado", after=seen)
        return shown if shown and "Se puede cobrar ya: 0,00" in shown["text"].replace("\u00a0", " ") else None

    def owed(self) -> list[str]:
        """Return the missing effects of the purchase, or the missing message about the refund."""
        if not self.given_back():
            return super().owed()
        return [] if self.refused or self.person.sees("Te hemos devuelto") else ["word of the refund"]

    def broken(self) -> list[str]:
        """Return violations by the partner's ledger, the refund, the end of access, and the messages."""
        person, ledger = self.person.id, self._ledger()
        return [
            *([] if ledger == _LEDGER else [f"the partner's ledger is {ledger}"]),
            *invariants.ended_once(self.world, person),
            *invariants.given_back_once(self.world, person),
            *invariants.nobody_inside(self.world, person, self.channel),
            *invariants.said_once(self.world, self.person, invariants.SAID_TO_REFUNDED, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]


_BROUGHT = """
SELECT 1 FROM customers WHERE telegram_id = $1 AND partner_id IS NOT NULL
"""
_ENTRIES = """
SELECT e.kind, e.amount_minor FROM partner_entries AS e JOIN partners AS p ON p.id = e.partner_id WHERE p.code = $1
ORDER BY e.at, e.number
"""


FLOWS = {Partnering.name: Partnering}
