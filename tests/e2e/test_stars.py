"""A plan paid in Stars in the chat, and its lifecycle, through the control interface. Also all payment methods and all
actions on a plan, from the Mini App.
"""

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

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100"}

PRICE = 1500
"""Price of Retabet in the demo, in Stars."""


@contextmanager
def standing_still(demo: Demo, process: str) -> Iterator[None]:
    """Suspend a process with SIGSTOP while the block runs."""
    pid = int(json.loads(demo.ready_file.read_text())["pids"][process])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Member:
    """Customer who pays in Stars."""

    def __init__(self, demo: Demo, name: str, **more: Any) -> None:
        self.demo, self.person = demo, demo.person(name, **more)

    def at_the_invoice(self) -> dict[str, Any]:
        """Go from /start to the message with the invoice button, and return the message."""
        return self.chooses("Stars")

    def chooses(self, method: str) -> dict[str, Any]:
        """Go from /start to the payment message of a method, and return the message."""
        person = self.person
        person.send("/start")
        person.press(person.received("", button="Ver Planes"), "Ver Planes")
        person.press(person.received("Elige una casa de apuestas", button="Retabet"), "Retabet")
        card = person.received("Plan Retabet", button="Suscribirse")
        if find(card, method) is None:
            person.press(card, "Suscribirse")
            return person.received("", button="Ir a pago seguro", after=card["seq"])
        return self.presses_method(method)

    def presses_method(self, method: str) -> dict[str, Any]:
        """Choose one of several payment methods, each shown with its price, and return the message with the payment
        button.
        """
        methods = self.person.received("", button="Stars")
        texts = [item["text"] for row in methods["buttons"] for item in row]
        assert any("Stars" in text and f"{PRICE}\xa0⭐" in text for text in texts), texts
        self.person.press(methods, next(text for text in texts if method in text))
        return self.person.received("", button="Ir a pago seguro", after=methods["seq"])

    def pays(self, message: dict[str, Any]) -> dict[str, Any]:
        """Confirm Telegram's payment sheet."""
        return pay_stars(self.person, message)

    def buys(self) -> str:
        """Buy the plan and join the channel. Returns the id of the charge."""
        paid = self.pays(self.at_the_invoice())
        assert paid["result"] == "paid", paid
        self.person.join(self.person.invited())
        self.person.received("Ya estás dentro")
        return str(paid["charge_id"])

    def name(self, charge: str) -> str:
        """Return the sandbox's id of the subscription that began with a charge."""
        return f"{self.person.id}:{charge}"

    def subscription(self, charge: str) -> dict[str, Any]:
        """Return the subscription as stored by the sandbox's Telegram."""
        found = self.demo.get("/subscriptions")["subscriptions"]
        return next(dict(item) for item in found if (item["provider"], item["id"]) == ("stars", self.name(charge)))

    def happens(self, charge: str, action: str) -> None:
        """Perform an action on the subscription at Telegram."""
        self.demo.post(f"/subscriptions/stars/{self.name(charge)}/{action}")

    def stands(self, status: str) -> None:
        """Wait until `umbral why` shows the status."""
        eventually(lambda: why(self.demo, self.person).status == status or None, f"{status}; {self.person.tail()}")

    def seq(self) -> int:
        return int(self.person.messages()[-1]["seq"])


def test_payment_in_the_chat_renews_automatically(demo: Demo) -> None:
    ana, before = Member(demo, "Ana"), now(demo)
    charge = ana.buys()
    end = ana.subscription(charge)["period_end"]
    assert ana.subscription(charge)["state"] == "active"
    assert before <= datetime.fromisoformat(end) - timedelta(days=30) <= now(demo)
    assert abs(why(demo, ana.person).until - datetime.fromisoformat(end)) < LATE
    seq = ana.seq()
    demo.post("/clock/advance", {"days": 30, "minutes": 5})
    ana.person.received(f"{PRICE}\xa0⭐", after=seq)
    assert datetime.fromisoformat(ana.subscription(charge)["period_end"]) > datetime.fromisoformat(end)
    eventually(
        lambda: why(demo, ana.person).until - now(demo) > timedelta(days=29) or None, "the next period is counted"
    )
    ana.stands("active")


def test_cancellation_in_the_chat_can_be_undone(demo: Demo) -> None:
    bea = Member(demo, "Bea")
    charge = bea.buys()
    seq = bea.seq()
    bea.person.send("/cancelar")
    bea.person.press(bea.person.received("", button="Sí, cancelar", after=seq), "Sí, cancelar")
    bea.person.received("", button="Deshacer", after=seq)
    assert bea.subscription(charge)["cancel_at_period_end"] is True
    bea.stands("canceled")
    seq = bea.seq()
    bea.person.send("/estado")
    bea.person.press(bea.person.received("", button="Deshacer", after=seq), "Deshacer")
    eventually(lambda: not bea.subscription(charge)["cancel_at_period_end"] or None, "it renews again")
    bea.stands("active")


def test_cancellation_in_the_telegram_settings_can_be_undone(demo: Demo) -> None:
    eva = Member(demo, "Eva")
    charge = eva.buys()
    eva.happens(charge, "cancel")
    eva.stands("canceled")
    eva.happens(charge, "resume")
    eva.stands("active")


def test_subscription_is_past_due_after_a_failed_charge_and_recovers(demo: Demo) -> None:
    ida = Member(demo, "Ida")
    charge = ida.buys()
    ida.happens(charge, "fail_payment")
    seq = ida.seq()
    demo.post("/clock/advance", {"days": 30, "minutes": 5})
    ida.person.received("No hemos podido cobrar", after=seq)
    ida.stands("past_due")
    ida.happens(charge, "recover")
    ida.stands("active")


def test_refund_by_telegram_ends_access(demo: Demo) -> None:
    lia = Member(demo, "Lia")
    charge = lia.buys()
    seq = lia.seq()
    demo.post(f"/payments/stars/{charge}/refund")
    lia.person.received(f"{PRICE}\xa0⭐", after=seq)
    lia.stands("expired")
    eventually(lambda: demo.channel_of(lia.person) is None or None, "she is out")
    eventually(lambda: lia.subscription(charge)["cancel_at_period_end"] or None, "Telegram charges no more")


def test_stars_payment_for_an_order_paid_by_card_is_refunded(demo: Demo) -> None:
    noa = Member(demo, "Noa")
    card = str(noa.person.press(noa.chooses("Tarjeta"), "Ir a pago seguro")["value"])
    noa.person.press(noa.person.received("", button="Pagar de otra forma"), "Pagar de otra forma")
    invoice = noa.presses_method("Stars")
    seq, before = noa.seq(), {row["id"] for row in demo.get("/payments")["payments"]}
    with standing_still(demo, "worker"):
        demo.pay(card, webhooks="before")
        # When Telegram asks before the charge, the order is still open.
        assert noa.pays(invoice)["result"] == "paid"
    noa.person.received("Te lo devolvemos entero", after=seq)
    noa.person.received("Te hemos devuelto", after=seq)
    states = [row["state"] for row in demo.get("/payments")["payments"] if row["id"] not in before]
    assert sorted(states) == ["paid", "refunded"]
    noa.stands("active")


def test_charge_for_an_expired_order_is_refunded(demo: Demo) -> None:
    """The sandbox charges the invoice without asking the bot first, as the real Telegram would."""
    uma = Member(demo, "Uma")
    link = uma.person.press(uma.at_the_invoice(), "Ir a pago seguro")["value"]
    seq = uma.seq()
    advance_to(demo, now(demo) + timedelta(minutes=40))
    demo.pay(link)
    uma.person.received("Te lo devolvemos entero", after=seq)
    uma.person.received("Te hemos devuelto", after=seq)
    reference = demo.checkout_of(link)["reference"]
    (row,) = [row for row in demo.get("/payments")["payments"] if row["reference"] == reference]
    assert (row["provider"], row["state"]) == ("stars", "refunded")


def test_bot_killed_right_after_the_charge_loses_no_payment(demo: Demo) -> None:
    kim = Member(demo, "Kim")
    message = kim.at_the_invoice()
    assert kim.pays(message)["result"] == "paid"
    demo.kill("bot")
    kim.person.join(kim.person.invited())
    kim.stands("active")
    entries = why(demo, kim.person).entries
    assert len([entry for entry in entries if "payment" in entry]) == 1, entries


def test_expired_invoice_is_not_charged(demo: Demo) -> None:
    pia = Member(demo, "Pia")
    message = pia.at_the_invoice()
    advance_to(demo, now(demo) + timedelta(minutes=40))
    assert "caducado" in pia.pays(message)["refused"]


def test_unsigned_payment_update_is_refused(demo: Demo) -> None:
    body = {"update_id": 1, "message": {"successful_payment": {"currency": "XTR", "total_amount": PRICE}}}
    answer = httpx.post(f"{demo.facts['web']}/webhooks/stars", json=body, trust_env=False, timeout=ANSWER_SECONDS)
    assert answer.status_code == 400


def test_paysupport_command_offers_help(demo: Demo) -> None:
    zoe: Person = demo.person("Zoe")
    zoe.send("/paysupport")
    zoe.received("Ayuda con un pago")
