"""From /start to being inside, and one pick."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

import httpx

from tests.chaos import invariants
from tests.chaos.flows.flow import AGAIN, PATIENCE_SECONDS, Flow, wait
from tests.support.demo import eventually, find

DOOR_SECONDS = 12.0
"""A little longer than between two looks at who waits at the door."""
_METHOD = "Tarjeta"


class Purchase(Flow):
    """Somebody new buys a personal channel, joins it and reads a pick."""

    name: ClassVar[str] = "purchase"
    pick: str = ""
    channel: int = 0

    def prelude(self) -> None:
        """Nothing has to be."""

    def play(self) -> None:
        """See Flow."""
        url = self.checkout()
        self.world.pay(url)
        self.channel = self.join()
        self.read_a_pick()

    def checkout(self) -> str:
        """The address of the hosted checkout."""
        sees = self.person.sees
        welcome = self.until(
            lambda: self.person.send("/start"), lambda: sees("", button="Ver Planes"), "/start is answered"
        )
        plans = self.until(self.press(welcome, "Ver Planes"), self._plans, "plans are shown")
        card = self.until(
            self.press(plans, self.plan), lambda: sees(self.plan, button="Suscribirse"), "the plan is shown"
        )
        self.until(self.press(card, "Suscribirse"), self._pay_or_again, "payment is offered, or another try")
        pay = self.until(self._once_more, lambda: sees("", button="Ir a pago seguro"), "payment is offered")
        return str(self.person.press(pay, "Ir a pago seguro")["value"])

    def _plans(self) -> dict[str, Any] | None:
        """The list, or the card itself where there is but one; not the welcome, which names some until it gives way."""
        sees = self.person.sees
        return sees(self.plan, button="Suscribirse") or sees("Elige una casa de apuestas", button=self.plan)

    def _pay_or_again(self) -> dict[str, Any] | None:
        return self.person.sees("", button="Ir a pago seguro") or self.person.sees("", button=AGAIN)

    def _once_more(self) -> None:
        """The provider had a bad moment, and the bot says so: press its button, and choose again where asked."""
        for button in (AGAIN, _METHOD):
            if offered := self.person.sees("", button=button):
                self.press(offered, button)()
                return

    def join(self) -> int:
        """Be inside: the channel."""
        button = f"Unirte al canal {self.plan}"
        invite = self.until(self._come_back, lambda: self.person.sees("", button=button), "the invite comes")
        link = find(invite, button)
        assert link is not None

        def inside() -> dict[str, Any] | None:
            return self.world.channel_of(self.person)

        # A request that nobody was told of is found by whoever looks at the door; no need to ask twice.
        let_in = self.until(lambda: self.person.open(link["url"]), inside, "the customer is let in", DOOR_SECONDS)
        return int(let_in["id"])

    def _come_back(self) -> None:
        """Wait at first; whoever has waited for long writes again."""
        if self.nudges or self.refused:
            self.person.send("/start")

    def read_a_pick(self) -> None:
        """One is sent, and is in the channel."""
        self.send_a_pick()
        self.until(wait, lambda: self.picks() or None, "the pick is in the channel", DOOR_SECONDS)

    def send_a_pick(self) -> None:
        """The operator's core sends one pick, as often as it takes to have it accepted."""
        self.pick = f"Pronóstico {uuid4().hex[:8]}"
        body = {"plan": self.slug, "text": self.pick}
        eventually(lambda: self._accepted(body) or None, "the pick is accepted", PATIENCE_SECONDS)

    def _accepted(self, body: dict[str, str]) -> bool:
        try:
            return self.world.pick(f"key-{self.pick.rpartition(' ')[2]}", body).status_code == httpx.codes.ACCEPTED
        except httpx.TransportError:
            return False

    def picks(self) -> int:
        """How often the pick stands in the channel."""
        return sum(self.pick in post["text"] for post in self.person.messages(str(self.channel)))

    def inside(self) -> bool:
        """Whether the customer is in their channel."""
        members = self.world.get(f"/channels/{self.channel}")["members"]
        return any(member["id"] == self.person.id for member in members)

    def at_provider(self) -> str:
        """What the provider calls their subscription."""
        return str(self.world.rows(_REF, self.person.id)[0]["provider_ref"])

    def given_back(self) -> bool:
        """Whether it is on record that all of their payment went back."""
        return bool(self.world.rows(_GIVEN_BACK, self.person.id))

    def owed(self) -> list[str]:
        """See Flow."""
        return [] if self.refused or self.person.sees("Ya estás dentro") else ["word that the customer is inside"]

    def broken(self) -> list[str]:
        """See Flow."""
        person = self.person.id
        return [
            *invariants.one_of_everything(self.world, person),
            *invariants.only_the_payer(self.world, person, self.channel),
            *invariants.said_once(self.world, self.person, invariants.SAID_TO_BUYERS, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.picked_once(self.world, self.slug, self.picks()),
            *invariants.nothing_forgotten(self.world),
        ]


_REF = """
SELECT s.provider_ref FROM subscriptions AS s JOIN customers AS me ON me.id = s.customer_id WHERE me.telegram_id = $1
"""
_GIVEN_BACK = """
SELECT 1 FROM payments AS p JOIN customers AS me ON me.id = p.customer_id
WHERE me.telegram_id = $1 AND p.status = 'refunded'
"""
