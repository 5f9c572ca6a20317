"""Subscriptions and one-time payments by PayPal, and their lifecycle, through the control interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support import vip_chat
from tests.support.demo import Demo, eventually
from tests.support.member import (
    LATE,
    Member,
    advance,
    advance_to,
    alarmed,
    known_member,
    member,
    names,
    newest_payment,
    now,
    order_of,
    payment_found,
    receipts,
)

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100"}

PRICE = "29.99"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GRACE = 5 * DAY
CREATE = "POST /v1/billing/subscriptions"


def buyer(demo: Demo, name: str, plan: str = "Retabet") -> Member:
    """Create a customer who subscribes at PayPal and enters the channel."""
    return member(demo, name, plan, method="PayPal")


@contextmanager
def out_of_order(demo: Demo, **fault: Any) -> Iterator[None]:
    """Inject a fault into calls to PayPal during the block."""
    demo.faults({"on": "paypal", **fault})
    try:
        yield
    finally:
        demo.faults()


def deliveries(demo: Demo) -> list[dict[str, Any]]:
    """Return all webhooks that PayPal has sent or will send, oldest first."""
    return [each for each in demo.get("/deliveries")["deliveries"] if each["provider"] == "paypal"]


@pytest.mark.parametrize("method", ["PayPal", "Tarjeta"])
def test_expired_payment_page_is_replaced_on_request(demo: Demo, method: str) -> None:
    """PayPal does not report the expiry of a page. The other provider reports the expiry, and the bot then edits the
    message with the link automatically.
    """
    ana = demo.person("Ana")
    first = ana.checkout(method=method)
    demo.post(f"/checkouts/{demo.checkout_of(first)['id']}/expire")
    if method == "PayPal":
        ana.press(ana.received("", button="Ya pagué"), "Ya pagué")
        said = ana.received("Aún no nos consta", button="Abrir otra página")
        assert "vale hasta" not in said["text"]
    else:
        said = ana.received("ha caducado", button="Abrir otra página")
    ana.press(said, "Abrir otra página")
    pay = ana.received("El enlace vale hasta", button="Ir a pago seguro", after=said["seq"])
    second = str(ana.press(pay, "Ir a pago seguro")["value"])
    assert second != first
    demo.pay(second)
    ana.join(ana.invited())


def test_subscriptions_renew_recover_from_a_failed_charge_or_end_when_due(demo: Demo) -> None:
    ana, beto, celia, dora = (buyer(demo, name) for name in ("Ana", "Beto", "Celia", "Dora"))
    ends = {one.person.id: one.period_end() for one in (ana, beto, celia, dora)}
    assert 28 * DAY - HOUR < ends[ana.person.id] - now(demo) <= 31 * DAY
    assert [entry.split()[2] for entry in ana.stands("active", "active").entries] == ["payment"]
    for one in (beto, celia):
        one.at_provider("fail_payment")
    dora.person.press(dora.cancels(), "Deshacer")
    dora.received("sigue activa")
    dora.stands("active", "active")
    seq = dora.seq()
    assert names(dora.cancels()["text"], ends[dora.person.id])
    dora.stands("canceled", "active", ends[dora.person.id])
    assert dora.provider()["state"] == "SUSPENDED"
    sees = ana.seq()
    advance_to(demo, max(ends.values()) + HOUR)
    ana.received("Renovado", after=sees)
    renewed = ana.stands("active", "active")
    assert len(renewed.entries) == len(receipts(demo, ana.person)) == 2
    assert renewed.until > ends[ana.person.id] + 27 * DAY
    dora.received("ha terminado", button="Volver", after=seq)
    dora.stands("expired", "revoked", ends[dora.person.id])
    dora.billing_ends()
    for one in (beto, celia):
        assert names(one.received("No hemos podido cobrar")["text"], ends[one.person.id] + GRACE)
        one.stands("past_due", "active", ends[one.person.id])
    seq = beto.seq()
    beto.at_provider("recover")
    assert "¡Gracias!" in beto.received("hemos recibido 29,99\xa0€", after=seq)["text"]
    assert len(beto.stands("active", "active").entries) == 2
    advance_to(demo, ends[celia.person.id] + 2 * DAY + HOUR)
    celia.received("Seguimos sin poder cobrar")
    advance_to(demo, ends[celia.person.id] + GRACE + HOUR)
    celia.received("ha terminado", button="Volver")
    celia.stands("expired", "revoked", ends[celia.person.id])
    celia.billing_ends()
    assert ana.said("ha terminado") == beto.said("ha terminado") == []


def test_unreported_renewal_is_found_and_cancellation_in_grace_ends_access(demo: Demo) -> None:
    rosa, sara = buyer(demo, "Rosa"), buyer(demo, "Sara")
    end, over = rosa.period_end(), sara.period_end()
    sara.at_provider("fail_payment")
    seq = rosa.seq()
    demo.faults({"on": "webhooks", "do": "drop", "method": "PAYMENT.SALE.COMPLETED"})
    try:
        advance_to(demo, max(end, over) + HOUR)
        rosa.received("Renovado", after=seq)
        assert len(rosa.stands("active", "active").entries) == 2
    finally:
        demo.faults()
    sara.received("No hemos podido cobrar")
    seq = sara.seq()
    sara.person.send("/cancelar")
    sara.person.press(sara.received("termina entonces y no el", button="Sí, cancelar", after=seq), "Sí, cancelar")
    assert not sara.received("así que tu acceso termina ahora", after=seq)["buttons"]
    sara.received("ha terminado", button="Volver", after=seq)
    sara.stands("expired", "revoked", over)
    sara.billing_ends()


def test_cancellation_at_the_provider_is_announced(demo: Demo) -> None:
    dino = buyer(demo, "Dino")
    end = dino.period_end()
    dino.at_provider("cancel")
    received = dino.received("está cancelada")
    assert names(received["text"], end)
    # A subscription canceled at PayPal cannot be resumed, so no button offers it.
    assert not received["buttons"]
    dino.stands("canceled", "active", end)


def test_pause_at_the_provider_ends_access_after_the_paid_time(demo: Demo) -> None:
    iris = buyer(demo, "Iris")
    end = iris.period_end()
    iris.at_provider("pause")
    advance_to(demo, end - HOUR)
    iris.stands("active", "active", end)
    seq = iris.seq()
    advance_to(demo, end + HOUR)
    iris.received("ha terminado", after=seq)
    iris.stands("expired", "revoked", end)
    iris.billing_ends()


def test_full_refund_ends_access_and_partial_refund_keeps_access(demo: Demo) -> None:
    eli, fede = buyer(demo, "Eli"), buyer(demo, "Fede")
    fede.at_provider("refund", amount="5.00")
    assert "5,00\xa0€" in fede.received("Te hemos devuelto")["text"]
    fede.stands("active", "active")
    at = now(demo)
    eli.at_provider("refund")
    assert "29,99\xa0€" in eli.received("Te hemos devuelto")["text"]
    eli.stands("expired", "revoked", at, LATE)
    eli.billing_ends()
    assert sorted(row["amount"] for row in receipts(demo, fede.person)) == ["-5.00", PRICE]
    assert sorted(row["amount"] for row in receipts(demo, eli.person)) == ["-29.99", PRICE]


def test_won_dispute_restores_and_lost_dispute_ends_access(demo: Demo) -> None:
    gina, hugo = buyer(demo, "Gina"), buyer(demo, "Hugo")
    end = gina.period_end()
    for one in (gina, hugo):
        one.at_provider("dispute")
        one.received("ha abierto una disputa")
        one.stands("paused", "suspended", one.period_end())
    seq, at = hugo.seq(), now(demo)
    hugo.at_provider("lose_dispute")
    hugo.received("La disputa por tu pago", after=seq)
    hugo.stands("expired", "revoked", at, LATE)
    hugo.billing_ends()
    seq = gina.seq()
    advance(demo, days=3)
    gina.at_provider("win_dispute")
    gina.received("La disputa por tu pago", after=seq)
    gina.comes_in(seq)
    # The days lost to the dispute are added.
    gina.stands("active", "active", end + 3 * DAY, LATE)


@pytest.mark.parametrize(("activation", "events"), [("before", "2.0"), ("after", "2.0"), ("after", "1.0")])
def test_purchase_and_cancellation_are_applied_once_in_any_order_of_paypal_webhooks(
    demo: Demo, activation: str, events: str
) -> None:
    demo.post("/providers/paypal", {"activation": activation, "events": events})
    try:
        juan = buyer(demo, "Juan", "Bet365")
        assert len(juan.stands("active", "active").entries) == 1
        juan.at_provider("cancel")
        juan.received("está cancelada")
    finally:
        demo.post("/providers/paypal", {"activation": "random", "events": "2.0"})
    assert len(juan.said("Pago recibido: ")) == len(receipts(demo, juan.person)) == 1


def test_inquiry_raises_an_alarm_and_dispute_pauses_the_subscription(demo: Demo) -> None:
    demo.post("/providers/paypal", {"dispute_stage": "INQUIRY"})
    try:
        olga = buyer(demo, "Olga")
        olga.at_provider("dispute")
        alarmed(demo, "Un banco pregunta por un pago", order_of(olga.received("Pago recibido: ")))
        olga.stands("active", "active")
        olga.at_provider("dispute")
        olga.received("ha abierto una disputa")
        olga.stands("paused", "suspended", olga.period_end())
    finally:
        demo.post("/providers/paypal", {"dispute_stage": "CHARGEBACK"})


def test_second_payment_by_paypal_is_refunded(demo: Demo) -> None:
    pia = demo.person("Pía")
    card = pia.checkout("Sportium")
    other = pia.received("", button="Pagar de otra forma")
    pia.press(other, "Pagar de otra forma")
    second = pia.checkout_url("PayPal", after=other["seq"])
    demo.pay(card, webhooks="before")
    channel = pia.join(pia.invited("Sportium"))
    seq = pia.received("Ya estás dentro")["seq"]
    demo.pay(second)
    pia.received("Te lo devolvemos entero", after=seq)
    pia.received("Te hemos devuelto 29,99\xa0€", after=seq)
    one = known_member(demo, pia, int(channel["id"]), "Sportium")
    assert len(one.stands("active", "active").entries) == 1
    payment = newest_payment(demo, "paypal")
    assert (one.provider_code, payment["state"]) == ("stripe", "refunded")
    replace(one, provider_code="paypal", ref=payment["subscription"]).billing_ends()


def test_unreported_payment_is_found_on_request(demo: Demo) -> None:
    kai = demo.person("Kai")
    demo.pay(kai.checkout("Sportium", "PayPal"), webhooks="never")
    kai.press(kai.received("", button="verificar"), "Ya pagué, verificar")
    payment_found(kai)
    kai.join(kai.invited("Sportium"))


@pytest.mark.parametrize("fault", [{"do": "garbage"}, {"do": "error", "code": 500}], ids=["html", "500"])
def test_invalid_answer_of_the_provider_is_reported_and_can_be_retried(demo: Demo, fault: dict[str, Any]) -> None:
    lara = demo.person("Lara")
    url = lara.checkout("Sportium", "Tarjeta")
    seq = lara.messages()[-1]["seq"]
    with out_of_order(demo, method=CREATE, **fault):
        lara.press(lara.received("", button="Pagar de otra forma"), "Pagar de otra forma")
        lara.press(lara.received("", button="PayPal", after=seq), "PayPal")
        received = lara.received("No se ha hecho ningún cobro", after=seq)
    lara.press(received, "Intentar de nuevo")
    other = lara.checkout_url("PayPal", after=received["seq"])
    assert other != url
    # A webhook received meanwhile is applied only once PayPal can be asked about it, or even verified: before the first
    # webhook, the certificate is unknown.
    with out_of_order(demo, **fault):
        earlier = len(deliveries(demo))
        demo.pay(other)
        eventually(lambda: any(each["attempts"] for each in deliveries(demo)[earlier:]), "a delivery was tried")
        assert not lara.sees("Pago recibido")
    lara.join(lara.invited("Sportium"))


def test_cancellation_refused_by_paypal_is_reported_and_can_be_retried(demo: Demo) -> None:
    mia = buyer(demo, "Mía")
    seq = mia.seq()
    with out_of_order(demo, do="error", code=500):
        mia.person.send("/cancelar")
        mia.person.press(mia.received("Cancelar", button="Sí, cancelar", after=seq), "Sí, cancelar")
        mia.received("No hemos podido cancelar", after=seq)
    mia.stands("active", "active")
    mia.cancels()
    mia.stands("canceled", "active", mia.period_end())


def test_one_time_vip_payment_admits_the_customer_until_the_refund(demo: Demo) -> None:
    leo = demo.person("Leo")
    demo.pay(leo.checkout("VIP Mensual", "PayPal"))
    leo.received("¡Pago recibido!")
    vip_chat.enter(leo, vip_chat.ritual(leo, leo.received("Paso 1 de 3", button="Continuar")))
    payment = newest_payment(demo, "paypal")
    assert (payment["amount"], payment["currency"]) == ("9.99", "USD")
    demo.post(f"/payments/paypal/{payment['id']}/refund")
    assert "9,99\xa0US$" in leo.received("Te hemos devuelto")["text"]
    eventually(lambda: leo.id not in vip_chat.inside(demo) or None, "out of the VIP channel")
