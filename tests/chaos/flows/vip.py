"""Flow with an activation code, the entry steps of the VIP channel, and the removal at the end of the granted days."""

from __future__ import annotations

import secrets
import string
from typing import Any, ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import Flow, wait
from tests.chaos.flows.purchase import ENTRY_SECONDS
from tests.support.demo import find

DAYS = 30
DAYS_AND_A_BIT = {"days": DAYS, "hours": 1}
_USE = "✅ Usar mi código"
_LETTERS = string.ascii_uppercase + string.digits


class VipEntry(Flow):
    """Flow in which a customer opens a code's link, completes three steps, enters the VIP channel, and is removed at
    the end.
    """

    name: ClassVar[str] = "vip"
    sample: ClassVar[str] = "vip-mensual"
    link: str = ""

    def prelude(self) -> None:
        """Create an activation code as the operator."""
        code = "".join(secrets.choice(_LETTERS) for _ in range(16))
        self.world.rows(_NEW_CODE, self.slug, code, DAYS, self.world.now())
        self.link = f"https://t.me/{self.person.bot}?start={code}"

    def play(self) -> None:
        sees = self.person.sees
        asked = self.until(
            lambda: self.person.open(self.link), lambda: sees("", button=_USE), "what the code gives is said"
        )
        first = self.until(self.press(asked, _USE), lambda: sees("", button="Continuar"), "the code is taken")
        second = self.until(
            self.press(first, "Continuar"), lambda: sees("Paso 2 de 3", button="Estoy listo"), "the second stage"
        )
        third = self.until(self.press(second, "Estoy listo"), self._third, "the third stage")
        enter_button = find(third, "Cruzar el umbral")
        assert enter_button is not None
        url = enter_button["url"]
        self.until(lambda: self._knock(url), lambda: self._inside() or None, "the customer is let in", ENTRY_SECONDS)
        self.finish()
        self.let_time_pass(**DAYS_AND_A_BIT)
        self.until(wait, lambda: not self._inside() or None, "the customer is out")
        self.until(wait, lambda: bool(self.world.rows(_EXPIRED, self.person.id)) or None, "access has ended")

    def _knock(self, url: str) -> None:
        """Send a join request by opening the link. If an earlier attempt had no effect, request the status first."""
        if self.nudges:
            self.person.send("/estado")
        self.person.open(url)

    def _third(self) -> dict[str, Any] | None:
        return self.person.sees("Paso 3 de 3", button="Cruzar el umbral")

    def _inside(self) -> bool:
        return any(member["id"] == self.person.id for member in self._channel()["members"])

    def _channel(self) -> dict[str, Any]:
        found: dict[str, Any] = self.world.get(f"/channels/{self.world.facts['vip_channel_id']}")
        return found

    def owed(self) -> list[str]:
        over = bool(self.world.rows(_EXPIRED, self.person.id))
        words = "ha terminado" if over else "Ya estás dentro"
        return [] if self.refused or self.person.sees(words) else [f"«{words}»"]

    def broken(self) -> list[str]:
        person = self.person.id
        return [
            *invariants.vip_ended_once(self.world, person),
            *invariants.nobody_left_of(self.world, person, self._channel()),
            *invariants.said_once(self.world, self.person, invariants.SAID_TO_VIPS, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]


_NEW_CODE = """
INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days, created_at, expires_at,
    note, campaign, opened)
SELECT gen_random_uuid(), $2, id, price_minor, price_currency, $3, $4, $4::timestamptz + interval '30 days', '', '', 0
FROM service_plans WHERE soft_id = $1
"""
_EXPIRED = """
SELECT 1 FROM subscriptions AS s JOIN customers AS me ON me.id = s.customer_id
WHERE me.telegram_id = $1 AND s.status = 'expired'
"""
