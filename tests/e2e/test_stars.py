"""A plan paid inside the chat, and its life afterwards, by the control interface; and all ways to pay, and all that
can be done about a plan, from the Mini App."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, Person, eventually, find
from tests.support.member import LATE, advance_to, now, pay_stars, why

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock moves for everybody here: many may end at once, and nobody has to be asked about that.
SETTINGS = {"SWEEP_GUARD": "100"}

PRICE = 1500
"""What Retabet costs in the demo."""


@contextmanager
def standing_still(demo: Demo, process: str) -> Iterator[None]:
    """A process that does nothing for a while, and loses nothing."""
    pid = int(json.loads(demo.ready_file.read_text())["pids"][process])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Member:
    """Somebody who pays in Stars."""

    def __init__(self, demo: Demo, name: str, **more: Any) -> None:
        self.demo, self.person = demo, demo.person(name, **more)

    def at_the_invoice(self) -> dict[str, Any]:
        """From /start to the message whose button opens the invoice."""
        return self.chooses("Stars")

    def chooses(self, method: str) -> dict[str, Any]:
        """From /start to the place to pay by a method."""
        person = self.person
        person.send("/start")
        person.press(person.told("", button="Ver Planes"), "Ver Planes")
        person.press(person.told("Elige una casa de apuestas", button="Retabet"), "Retabet")
        card = person.told("Plan Retabet", button="Suscribirse")
        if find(card, method) is None:
            person.press(card, "Suscribirse")
            return person.told("", button="Ir a pago seguro", after=card["seq"])
        return self.presses_method(method)

    def presses_method(self, method: str) -> dict[str, Any]:
        """Of several; each shows its own price."""
        methods = self.person.told("", button="Stars")
        texts = [item["text"] for row in methods["buttons"] for item in row]
        assert any("Stars" in text and f"{PRICE}\xa0⭐" in text for text in texts), texts
        self.person.press(methods, next(text for text in texts if method in text))
        return self.person.told("", button="Ir a pago seguro", after=methods["seq"])

    def pays(self, message: dict[str, Any]) -> dict[str, Any]:
        """Agree to Telegram's payment sheet."""
        return pay_stars(self.person, message)

    def buys(self) -> str:
        """All the way into the channel; the charge's id."""
        paid = self.pays(self.at_the_invoice())
        assert paid["result"] == "paid", paid
        self.person.join(self.person.invited())
        self.person.told("Ya estás dentro")
        return str(paid["charge_id"])

    def name(self, charge: str) -> str:
        """What the control room calls the subscription that began with a charge."""
        return f"{self.person.id}:{charge}"

    def subscription(self, charge: str) -> dict[str, Any]:
        """As Telegram has it."""
        found = self.demo.get("/subscriptions")["subscriptions"]
        return next(dict(item) for item in found if (item["provider"], item["id"]) == ("stars", self.name(charge)))

    def happens(self, charge: str, action: str) -> None:
        """Something becomes of the subscription in Telegram."""
        self.demo.post(f"/subscriptions/stars/{self.name(charge)}/{action}")

    def stands(self, status: str) -> None:
        """`umbral why` says so; waited for."""
        eventually(lambda: why(self.demo, self.person).status == status or None, f"{status}; {self.person.tail()}")

    def seq(self) -> int:
        return int(self.person.messages()[-1]["seq"])


def test_paid_in_the_chat_and_renewed_by_itself(demo: Demo) -> None:
    ana, before = Member(demo, "Ana"), now(demo)
    charge = ana.buys()
    end = ana.subscription(charge)["period_end"]
    assert ana.subscription(charge)["state"] == "active"
    assert before <= datetime.fromisoformat(end) - timedelta(days=30) <= now(demo)
    assert abs(why(demo, ana.person).until - datetime.fromisoformat(end)) < LATE
    seq = ana.seq()
    demo.post("/clock/advance", {"days": 30, "minutes": 5})
    ana.person.told(f"{PRICE}\xa0⭐", after=seq)
    assert datetime.fromisoformat(ana.subscription(charge)["period_end"]) > datetime.fromisoformat(end)
    eventually(
        lambda: why(demo, ana.person).until - now(demo) > timedelta(days=29) or None, "the next period is counted"
    )
    ana.stands("active")


def test_canceled_and_kept_after_all_in_the_chat(demo: Demo) -> None:
    bea = Member(demo, "Bea")
    charge = bea.buys()
    seq = bea.seq()
    bea.person.send("/cancelar")
    bea.person.press(bea.person.told("", button="Sí, cancelar", after=seq), "Sí, cancelar")
    bea.person.told("", button="Deshacer", after=seq)
    assert bea.subscription(charge)["cancel_at_period_end"] is True
    bea.stands("canceled")
    seq = bea.seq()
    bea.person.send("/estado")
    bea.person.press(bea.person.told("", button="Deshacer", after=seq), "Deshacer")
    eventually(lambda: not bea.subscription(charge)["cancel_at_period_end"] or None, "it renews again")
    bea.stands("active")


def test_canceled_and_taken_up_again_in_telegrams_settings(demo: Demo) -> None:
    eva = Member(demo, "Eva")
    charge = eva.buys()
    eva.happens(charge, "cancel")
    eva.stands("canceled")
    eva.happens(charge, "resume")
    eva.stands("active")


def test_charge_that_fails_and_then_does_not(demo: Demo) -> None:
    ida = Member(demo, "Ida")
    charge = ida.buys()
    ida.happens(charge, "fail_payment")
    seq = ida.seq()
    demo.post("/clock/advance", {"days": 30, "minutes": 5})
    ida.person.told("No hemos podido cobrar", after=seq)
    ida.stands("past_due")
    ida.happens(charge, "recover")
    ida.stands("active")


def test_refunded_by_telegram(demo: Demo) -> None:
    lia = Member(demo, "Lia")
    charge = lia.buys()
    seq = lia.seq()
    demo.post(f"/payments/stars/{charge}/refund")
    lia.person.told(f"{PRICE}\xa0⭐", after=seq)
    lia.stands("expired")
    eventually(lambda: demo.channel_of(lia.person) is None or None, "she is out")
    eventually(lambda: lia.subscription(charge)["cancel_at_period_end"] or None, "Telegram charges no more")


def test_paid_for_an_order_that_another_method_closed_meanwhile(demo: Demo) -> None:
    noa = Member(demo, "Noa")
    card = str(noa.person.press(noa.chooses("Tarjeta"), "Ir a pago seguro")["value"])
    noa.person.press(noa.person.told("", button="Pagar de otra forma"), "Pagar de otra forma")
    invoice = noa.presses_method("Stars")
    seq, before = noa.seq(), {row["id"] for row in demo.get("/payments")["payments"]}
    with standing_still(demo, "worker"):
        demo.pay(card, webhooks="before")
        # To the question before the charge the order is open still.
        assert noa.pays(invoice)["result"] == "paid"
    noa.person.told("Te lo devolvemos entero", after=seq)
    noa.person.told("Te hemos devuelto", after=seq)
    states = [row["state"] for row in demo.get("/payments")["payments"] if row["id"] not in before]
    assert sorted(states) == ["paid", "refunded"]
    noa.stands("active")


def test_charged_for_an_order_that_nobody_paid_in_time(demo: Demo) -> None:
    """Telegram charges an invoice that it would have to ask about first."""
    uma = Member(demo, "Uma")
    link = uma.person.press(uma.at_the_invoice(), "Ir a pago seguro")["value"]
    seq = uma.seq()
    advance_to(demo, now(demo) + timedelta(minutes=40))
    demo.pay(link)
    uma.person.told("Te lo devolvemos entero", after=seq)
    uma.person.told("Te hemos devuelto", after=seq)
    reference = demo.checkout_of(link)["reference"]
    (row,) = [row for row in demo.get("/payments")["payments"] if row["reference"] == reference]
    assert (row["provider"], row["state"]) == ("stars", "refunded")


def test_bot_killed_right_after_the_charge(demo: Demo) -> None:
    kim = Member(demo, "Kim")
    message = kim.at_the_invoice()
    assert kim.pays(message)["result"] == "paid"
    demo.kill("bot")
    kim.person.join(kim.person.invited())
    kim.stands("active")
    entries = why(demo, kim.person).entries
    assert len([entry for entry in entries if "payment" in entry]) == 1, entries


def test_an_old_invoice_is_not_charged(demo: Demo) -> None:
    pia = Member(demo, "Pia")
    message = pia.at_the_invoice()
    advance_to(demo, now(demo) + timedelta(minutes=40))
    assert "caducado" in pia.pays(message)["refused"]


def test_nobody_else_can_tell_of_a_payment(demo: Demo) -> None:
    body = {"update_id": 1, "message": {"successful_payment": {"currency": "XTR", "total_amount": PRICE}}}
    answer = httpx.post(f"{demo.facts['web']}/webhooks/stars", json=body, trust_env=False, timeout=ANSWER_SECONDS)
    assert answer.status_code == 400


def test_help_with_a_payment(demo: Demo) -> None:
    zoe: Person = demo.person("Zoe")
    zoe.send("/paysupport")
    zoe.told("Ayuda con un pago")
