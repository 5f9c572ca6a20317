"""Flow with a refund that no webhook reports, and that a reconciliation started by the operator finds."""

from __future__ import annotations

from typing import ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.purchase import Purchase
from tests.support.demo import Person

_COMPARE = "Conciliar ahora"


class Reconciling(Purchase):
    """Flow in which a member's payment is refunded without a webhook. The reconciliation finds the refund, removes the
    member, and notifies customer and owner.
    """

    name: ClassVar[str] = "reconcile"

    def prelude(self) -> None:
        """Complete a purchase without faults, refund the payment, and drop every webhook from now on."""
        self.world.pay(self.checkout())
        self.channel = self.join()
        self.finish()
        self.world.silence()
        self.unreported = True
        self.world.post(f"/subscriptions/stripe/{self.at_provider()}/refund")
        self.operator = Person(self.world, int(self.world.facts["admin_id"]))

    def play(self) -> None:
        seen = max((message["seq"] for message in self.operator.messages()), default=0)
        panel = self.until(
            lambda: self.operator.send("/admin"),
            lambda: self.operator.sees("Panel de", button="Hoy", after=seen),
            "the panel is shown",
        )
        alarms = self.until(
            self.press(panel, "Hoy", self.operator),
            lambda: self.operator.sees("", button=_COMPARE, after=seen),
            "the open alarms are shown",
        )
        self.until(
            self.press(alarms, _COMPARE, self.operator),
            lambda: self.operator.sees("Diferencias", after=seen) or self.operator.sees("Todo coincide", after=seen),
            "the owner is told what was found",
        )
        self.until(wait, lambda: not self.inside() or None, "the customer is out")

    def owed(self) -> list[str]:
        if not self.world.silent:
            return super().owed()
        reported = self.refused or self.person.sees("Te hemos devuelto")
        return [] if reported else ["word of the refund"]

    def broken(self) -> list[str]:
        person = self.person.id
        return [
            *invariants.ended_once(self.world, person),
            *invariants.given_back_once(self.world, person),
            *invariants.nobody_inside(self.world, person, self.channel),
            *invariants.said_once(self.world, self.person, invariants.SAID_TO_REFUNDED, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]
