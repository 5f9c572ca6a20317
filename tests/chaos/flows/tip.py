"""Flow in which a tip is published and settled through the API. At the end the channel shows the tip once, with its
result, and the public record has two entries for the tip.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.program import Program
from tests.chaos.flows.purchase import ENTRY_SECONDS, Purchase

STARTS_IN = timedelta(hours=5)
STARTED_AND_A_BIT = {"hours": 5, "minutes": 1}
_RESULT = "Acertado"


class TipPublished(Purchase):
    """Flow in which a member of the channel reads a tip before the start of the tip's event, and later reads the
    result.
    """

    name: ClassVar[str] = "tip"

    def prelude(self) -> None:
        """Complete a purchase without faults, and create an API key."""
        self.world.pay(self.checkout())
        self.channel = self.join()
        self.finish()
        self.program = Program(self.world)

    def play(self) -> None:
        self.pick = f"Betis – Sevilla {self.person.id}"
        tip = self.program.asks(
            "tips",
            plan=self.slug,
            event=self.pick,
            market="Goles",
            selection="Más de 2,5",
            odds="1.85",
            stake="3",
            starts_at=(self.world.now() + STARTS_IN).isoformat(),
        )
        self.until(wait, lambda: self.picks() or None, "the tip is in the channel", ENTRY_SECONDS)
        self.let_time_pass(**STARTED_AND_A_BIT)
        self.program.asks(f"tips/{tip['id']}/settle", result="won")
        self.until(wait, self._settled, "its result stands under it", ENTRY_SECONDS)

    def _settled(self) -> dict[str, Any] | None:
        """Return the recorded copy of the tip once the copy shows the result. If a sender was killed before it recorded
        its copy, an unrecorded copy also remains in the channel.
        """
        copies = [post for post in self.person.messages(str(self.channel)) if self.pick in post["text"]]
        return next((post for post in copies if _RESULT in post["text"]), None)

    def broken(self) -> list[str]:
        person = self.person.id
        kinds = [row["kind"] for row in self.world.rows(_RECORD, self.slug)]
        return [
            *([] if kinds == ["published", "settled"] else [f"the record has {kinds}"]),
            *([] if self._settled() else ["the tip is without its result"]),
            *invariants.one_of_everything(self.world, person),
            *invariants.only_the_payer(self.world, person, self.channel),
            *invariants.picked_once(self.world, self.slug, self.picks()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]


_RECORD = """
SELECT r.kind FROM record_entries AS r JOIN service_plans AS plan ON plan.id = r.plan_id WHERE plan.soft_id = $1
ORDER BY r.number
"""
