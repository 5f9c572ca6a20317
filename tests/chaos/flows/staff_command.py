"""Flow of staff commands through the API: days are granted to a member, the payment is refunded, and the granted days
remain.
"""

from __future__ import annotations

from typing import ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.program import Program
from tests.chaos.flows.purchase import Purchase

DAYS = 7
DAYS_AND_A_BIT = {"days": DAYS, "hours": 1}
_MOVED = "ha cambiado"
_SAID = {_MOVED: "access_moved", **invariants.SAID_TO_REFUNDED, **invariants.SAID_TO_LEAVERS}


class StaffCommandFlow(Purchase):
    """Flow in which a program extends an access by a week and refunds its payment. Each command takes effect once
    despite repetitions.
    """

    name: ClassVar[str] = "staff"

    def prelude(self) -> None:
        """Complete a purchase without faults, and create an API key."""
        self.world.pay(self.checkout())
        self.channel = self.join()
        self.finish()
        self.program = Program(self.world)

    def play(self) -> None:
        bought = self.world.rows(_BOUGHT, self.person.id)[0]
        self.program.asks(f"subscriptions/{bought['subscription']}/extend", days=DAYS, reason="una semana en blanco")
        self.until(wait, lambda: self.refused or self.person.sees(_MOVED), "they are told of the days")
        self.program.asks(f"payments/{bought['payment']}/refund", reason="lo pidió")
        self.until(wait, lambda: self.given_back() or None, "the money went back")
        self.let_time_pass(**DAYS_AND_A_BIT)
        self.until(wait, lambda: not self.inside() or None, "the customer is out")

    def owed(self) -> list[str]:
        if not self.given_back():
            return super().owed()
        return [] if self.refused else [words for words in _SAID if not self.person.sees(words)]

    def broken(self) -> list[str]:
        person = self.person.id
        return [
            *invariants.ended_once(self.world, person),
            *invariants.given_back_once(self.world, person),
            *invariants.one_of_each(self.world, _DONE, person),
            *invariants.nobody_inside(self.world, person, self.channel),
            *invariants.said_once(self.world, self.person, _SAID, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]


_BOUGHT = """
SELECT p.id AS payment, p.subscription_id AS subscription
FROM payments AS p JOIN customers AS me ON me.id = p.customer_id WHERE me.telegram_id = $1
"""
_DONE = """
SELECT (SELECT count(*) FROM ledger_entries AS entry JOIN subscriptions AS s ON s.id = entry.subscription_id
        WHERE s.customer_id = me.id AND entry.kind = 'admin_grant') AS "weeks given",
       (SELECT count(*) FROM audit_log WHERE subject = me.id::text AND action = 'customer.extend') AS "weeks noted",
       (SELECT count(*) FROM audit_log WHERE subject = me.id::text AND action = 'payment.refund') AS "refunds noted"
FROM customers AS me WHERE me.telegram_id = $1
"""
