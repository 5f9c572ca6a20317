"""The life of a subscription after the sale: each row of the design's table, by the control interface."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.demo import Demo, Person, eventually

pytestmark = pytest.mark.e2e

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GRACE = 5 * DAY


@dataclass(frozen=True)
class Member:
    """Somebody inside their channel, and what the provider calls their subscription."""

    demo: Demo
    person: Person
    channel_id: int
    ref: str

    def at_provider(self, action: str, **body: Any) -> None:
        self.demo.post(f"/subscriptions/stripe/{self.ref}/{action}", body)

    def inside(self) -> bool:
        members = self.demo.get(f"/channels/{self.channel_id}")["members"]
        return any(member["id"] == self.person.id for member in members)

    def told(self, text: str) -> dict[str, Any]:
        return self.person.told(text)

    def is_out(self) -> None:
        eventually(lambda: not self.inside() or None, f"{self.person.id} is out; chat: {self.person.tail()}")
        eventually(lambda: not self.barred() or None, "neither banned nor with a way in")

    def barred(self) -> bool:
        """Banned for good, or a link is left that leads in."""
        channel = self.demo.get(f"/channels/{self.channel_id}")
        live = [link for link in channel["links"] if not link["revoked"] and not link["primary"]]
        return self.person.id in channel["banned"] or bool(live)

    def comes_in(self, after: int) -> None:
        ready = self.person.told("", button="Unirte al canal", after=after)
        url = self.person.press(ready, "Unirte al canal")["value"]
        assert self.person.open(url)["result"] == "requested"
        eventually(lambda: self.inside() or None, "inside again")

    def period_end(self) -> datetime:
        found = next(item for item in self.demo.get("/subscriptions")["subscriptions"] if item["id"] == self.ref)
        return datetime.fromisoformat(found["period_end"])

    def seq(self) -> int:
        return int(self.person.messages()[-1]["seq"])


def member(demo: Demo, name: str, plan: str = "Retabet") -> Member:
    before = {item["id"] for item in demo.get("/subscriptions")["subscriptions"]}
    person = demo.person(name)
    channel = person.buy(plan)
    person.told("Ya estás dentro")
    (ref,) = {item["id"] for item in demo.get("/subscriptions")["subscriptions"]} - before
    return Member(demo, person, int(channel["id"]), str(ref))


def advance_to(demo: Demo, moment: datetime) -> None:
    now = datetime.fromisoformat(demo.get("/clock")["now"])
    advance(demo, seconds=int((moment - now).total_seconds()) + 1)


def advance(demo: Demo, **by: int) -> None:
    demo.post("/clock/advance", by)


def test_renewal(demo: Demo) -> None:
    ana = member(demo, "Ana")
    seq, end = ana.seq(), ana.period_end()
    advance_to(demo, end - 2 * DAY)
    ana.person.told("se renueva", after=seq)
    seq = ana.seq()
    advance_to(demo, end + HOUR)
    ana.person.told("Renovado", after=seq)
    assert ana.inside()


def test_failed_charge_grace_and_end(demo: Demo) -> None:
    beto = member(demo, "Beto")
    end = beto.period_end()
    beto.at_provider("fail_payment")
    advance_to(demo, end + HOUR)
    beto.told("No hemos podido cobrar")
    assert beto.inside()
    seq = beto.seq()
    advance_to(demo, end + 2 * DAY + HOUR)
    second = beto.person.told("Seguimos sin poder cobrar", after=seq)
    advance_to(demo, end + GRACE - 11 * HOUR)
    beto.person.told("Seguimos sin poder cobrar", after=second["seq"])
    assert beto.inside()
    advance_to(demo, end + GRACE + HOUR)
    beto.is_out()
    beto.told("ha terminado")
    eventually(lambda: _ended(demo, beto.ref) or None, "billing stopped at the provider")


def _ended(demo: Demo, ref: str) -> bool:
    found = next(item for item in demo.get("/subscriptions")["subscriptions"] if item["id"] == ref)
    return found["state"] in {"canceled", "ended"}


def test_recovered(demo: Demo) -> None:
    celia = member(demo, "Celia")
    end = celia.period_end()
    celia.at_provider("fail_payment")
    advance_to(demo, end + HOUR)
    celia.told("No hemos podido cobrar")
    seq = celia.seq()
    celia.at_provider("recover")
    celia.person.told("hemos recibido 29.99€", after=seq)
    celia.person.send("/estado")
    celia.told("Activa")
    assert celia.inside()


def test_canceled_to_the_last_day(demo: Demo) -> None:
    dora = member(demo, "Dora")
    dora.person.send("/cancelar")
    card = dora.person.told("Cancelar", button="Sí, cancelar")
    dora.person.press(card, "Sí, cancelar")
    dora.person.told("", button="Deshacer", after=card["seq"])
    end = dora.period_end()
    advance_to(demo, end - DAY)
    assert dora.inside()
    advance_to(demo, end + HOUR)
    dora.is_out()
    dora.told("ha terminado")


def test_full_refund(demo: Demo) -> None:
    eli = member(demo, "Eli")
    eli.at_provider("refund")
    eli.is_out()
    assert "29.99€" in eli.told("Te hemos devuelto")["text"]


def test_part_of_the_money_back(demo: Demo) -> None:
    fede = member(demo, "Fede")
    fede.at_provider("refund", amount="5.00")
    assert "5.00€" in fede.told("Te hemos devuelto")["text"]
    assert fede.inside()


def test_dispute_won(demo: Demo) -> None:
    gina = member(demo, "Gina")
    gina.at_provider("dispute")
    gina.is_out()
    seq = gina.seq()
    advance(demo, days=3)
    gina.at_provider("win_dispute")
    gina.comes_in(seq)


def test_dispute_lost(demo: Demo) -> None:
    hugo = member(demo, "Hugo")
    hugo.at_provider("dispute")
    hugo.is_out()
    seq = hugo.seq()
    hugo.at_provider("lose_dispute")
    hugo.person.told("La disputa", after=seq)
    hugo.person.send("/estado")
    assert not hugo.inside()


def test_paused_and_resumed_by_the_provider(demo: Demo) -> None:
    iris = member(demo, "Iris")
    iris.at_provider("pause")
    iris.is_out()
    seq = iris.seq()
    iris.at_provider("resume")
    iris.comes_in(seq)


def test_trial(demo: Demo) -> None:
    demo.sql("UPDATE service_plans SET trial_days = 7 WHERE soft_id = 'bet365'")
    try:
        before = {item["id"] for item in demo.get("/subscriptions")["subscriptions"]}
        juan = demo.person("Juan")
        demo.pay(juan.checkout("Bet365"))
        ready = juan.told("", button="Unirte al canal Bet365")
        channel = juan.join(juan.press(ready, "Unirte al canal Bet365")["value"])
        juan.send("/estado")
        juan.told("De prueba")
    finally:
        demo.sql("UPDATE service_plans SET trial_days = 0 WHERE soft_id = 'bet365'")
    (ref,) = {item["id"] for item in demo.get("/subscriptions")["subscriptions"]} - before
    seq = int(juan.messages()[-1]["seq"])
    advance(demo, days=5)
    juan.told("Tu prueba", after=seq)
    advance(demo, days=3)
    juan.told("Renovado", after=seq)
    assert Member(demo, juan, int(channel["id"]), str(ref)).inside()


def test_money_whose_webhook_never_comes_is_found(demo: Demo) -> None:
    kai = demo.person("Kai")
    demo.pay(kai.checkout("Sportium"), webhooks="never")
    advance(demo, minutes=4)
    kai.join(kai.invited("Sportium"))


def test_who_says_that_they_paid_is_believed_after_asking(demo: Demo) -> None:
    lara = demo.person("Lara")
    url = lara.checkout("Sportium")
    pay = lara.told("", button="verificar")
    lara.press(pay, "Ya pagué, verificar")
    demo.pay(url, webhooks="never")
    lara.press(pay, "Ya pagué, verificar")
    lara.join(lara.invited("Sportium"))
