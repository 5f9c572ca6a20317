"""Flow of a purchase: a new customer sends /start, buys a plan, joins the channel and reads one post."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

import httpx

from tests.chaos import invariants
from tests.chaos.flows.flow import AGAIN, PATIENCE_SECONDS, Flow, wait
from tests.support.demo import eventually, find

ENTRY_SECONDS = 12.0
"""Slightly longer than the interval between two checks of the join requests."""
_METHOD = "Tarjeta"


class Purchase(Flow):
    """Flow in which a new customer buys a personal channel, joins it and reads a post."""

    name: ClassVar[str] = "purchase"
    pick: str = ""
    channel: int = 0

    def prelude(self) -> None:
        """Do nothing, because the flow starts with a new customer."""

    def play(self) -> None:
        url = self.checkout()
        self.world.pay(url)
        self.channel = self.join()
        self.read_a_pick()

    def checkout(self) -> str:
        """Return the URL of the hosted checkout."""
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
        """Return the message with the list of plans, or the card if there is only one plan; None if neither is shown
        yet. The list is recognized by its text, because the welcome message also names plans until it is replaced.
        """
        sees = self.person.sees
        return sees(self.plan, button="Suscribirse") or sees("Elige una casa de apuestas", button=self.plan)

    def _pay_or_again(self) -> dict[str, Any] | None:
        return self.person.sees("", button="Ir a pago seguro") or self.person.sees("", button=AGAIN)

    def _once_more(self) -> None:
        """Press the retry button of the message about a failed provider, and choose the payment method again if
        asked.
        """
        for button in (AGAIN, _METHOD):
            if offered := self.person.sees("", button=button):
                self.press(offered, button)()
                return

    def join(self) -> int:
        """Join the channel as the customer and return its id."""
        button = f"Unirte al canal {self.plan}"
        invite = self.until(self._come_back, lambda: self.person.sees("", button=button), "the invite comes")
        link = find(invite, button)
        assert link is not None

        def inside() -> dict[str, Any] | None:
            return self.world.channel_of(self.person)

        # An unreported request is found by the check of the join requests, so the customer need not repeat it.
        let_in = self.until(lambda: self.person.open(link["url"]), inside, "the customer is let in", ENTRY_SECONDS)
        return int(let_in["id"])

    def _come_back(self) -> None:
        """Do nothing on the first attempts. After a long wait, write to the bot again."""
        if self.nudges or self.refused:
            self.person.send("/start")

    def read_a_pick(self) -> None:
        """Send a post and wait until it is in the channel."""
        self.send_a_pick()
        self.until(wait, lambda: self.picks() or None, "the pick is in the channel", ENTRY_SECONDS)

    def send_a_pick(self) -> None:
        """Send a post as the operator's program. Repeat the request until the post is accepted."""
        self.pick = f"Pronóstico {uuid4().hex[:8]}"
        body = {"plan": self.slug, "text": self.pick}
        eventually(lambda: self._accepted(body) or None, "the pick is accepted", PATIENCE_SECONDS)

    def _accepted(self, body: dict[str, str]) -> bool:
        try:
            return self.world.pick(f"key-{self.pick.rpartition(' ')[2]}", body).status_code == httpx.codes.ACCEPTED
        except httpx.TransportError:
            return False

    def picks(self) -> int:
        """Return the number of copies of the post in the channel."""
        return sum(self.pick in post["text"] for post in self.person.messages(str(self.channel)))

    def inside(self) -> bool:
        """Return True if the customer is in their channel."""
        members = self.world.get(f"/channels/{self.channel}")["members"]
        return any(member["id"] == self.person.id for member in members)

    def at_provider(self) -> str:
        """Return the id of the subscription at the provider."""
        return str(self.world.rows(_REF, self.person.id)[0]["provider_ref"])

    def given_back(self) -> bool:
        """Return True if a full refund of the payment is recorded."""
        return bool(self.world.rows(_GIVEN_BACK, self.person.id))

    def owed(self) -> list[str]:
        return [] if self.refused or self.person.sees("Ya estás dentro") else ["word that the customer is inside"]

    def broken(self) -> list[str]:
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
