"""Invalid input by customers and providers: a clear answer, no lost money, and no access by mistake."""

from typing import Any

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, eventually
from tests.support.member import wait_until_idle

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

NAMES = {
    "no username": {"first_name": "Nadie"},
    "emoji": {"first_name": "🦊🎲 Zoé", "username": "zoe_fox"},
    "html": {"first_name": "<b>&_*[x](y)"},
    "200 characters": {"first_name": "x" * 200},
}


@pytest.mark.parametrize("who", NAMES.values(), ids=NAMES.keys())
def test_customers_with_unusual_names_can_buy(demo: Demo, who: dict[str, str]) -> None:
    person = demo.person(**who)
    channel = person.buy("Sportium")
    assert len(channel["title"]) <= 128
    assert channel["title"].startswith("Retador - Sportium - ")


def offered(demo: Demo, plan: str) -> bool:
    """Return True if a new customer is offered this plan."""
    somebody = demo.person("Eva")
    somebody.send("/planes")
    return plan in str(somebody.received("Elige una casa de apuestas")["buttons"])


def test_outdated_button_gives_a_clear_answer(demo: Demo) -> None:
    ivo = demo.person("Ivo")
    ivo.send("/planes")
    shown = ivo.received("Elige una casa de apuestas")
    demo.sql("UPDATE service_plans SET active = false WHERE soft_id = 'sportium'")
    try:
        eventually(lambda: not offered(demo, "Sportium"), "Sportium off the list")
        ivo.press(shown, "Sportium")
        answer = ivo.received("", button="Ver Planes", after=shown["seq"])
        assert "no está a la venta" in answer["text"]
    finally:
        demo.sql("UPDATE service_plans SET active = true WHERE soft_id = 'sportium'")
        # The list of plans is cached for a moment. The next test needs the complete list.
        eventually(lambda: offered(demo, "Sportium"), "Sportium on the list again")


def test_repeated_checkout_offers_the_same_payment_page(demo: Demo) -> None:
    mar = demo.person("Mar")
    first = mar.checkout("Retabet")
    seq = mar.messages()[-1]["seq"]
    mar.send("/start")
    newest = mar.received("", button="Ver Planes", after=seq)
    mar.press(newest, "Ver Planes")
    mar.press(mar.received("Elige una casa de apuestas", button="Retabet", after=seq), "Retabet")
    card = mar.received("Plan Retabet", button="Suscribirse", after=seq)
    mar.press(card, "Suscribirse")
    assert mar.checkout_url(after=card["seq"]) == first
    assert sum(item["url"] == first for item in demo.get("/checkouts")["checkouts"]) == 1


def test_owned_plan_is_not_sold_again(demo: Demo) -> None:
    teo = demo.person("Teo")
    teo.buy("Bet365")
    seq = teo.messages()[-1]["seq"]
    teo.send("/planes")
    teo.press(teo.received("Elige una casa de apuestas", button="Bet365", after=seq), "Bet365")
    card = teo.received("Este plan ya es tuyo", button="Mi suscripción", after=seq)
    assert "Suscribirse" not in str(card["buttons"])
    assert teo.sees("", button="Ir a pago seguro", after=seq) is None


def test_wrong_amount_gives_no_access_and_notifies_the_customer(demo: Demo) -> None:
    gil = demo.person("Gil")
    demo.pay(gil.checkout("Retabet"), amount="1.00")
    gil.received("importe")
    wait_until_idle(demo)
    assert demo.channel_of(gil) is None
    assert not any("Gil" in channel["title"] for channel in demo.channels())


def test_unreachable_provider_is_reported_and_a_later_checkout_works(demo: Demo) -> None:
    ada = demo.person("Ada")
    ada.send("/planes")
    ada.press(ada.received("Elige una casa de apuestas"), "Sportium")
    card = ada.received("Plan Sportium", button="Suscribirse")
    demo.faults({"on": "stripe", "do": "error", "code": 503, "method": "POST /v1/checkout/sessions"})
    ada.press(card, "Suscribirse")
    received = ada.received("No se ha hecho ningún cobro", after=card["seq"])
    demo.faults()
    seq = ada.messages()[-1]["seq"]
    ada.send("/planes")
    ada.press(ada.received("Elige una casa de apuestas", after=received["seq"]), "Sportium")
    ada.press(ada.received("Plan Sportium", button="Suscribirse", after=seq), "Suscribirse")
    assert ada.ready_to_pay(after=seq)


def webhook(demo: Demo, body: bytes, **headers: str) -> httpx.Response:
    return post(demo, "stripe", content=body, headers=headers)


def post(demo: Demo, provider: str, **what: Any) -> httpx.Response:
    return httpx.post(f"{demo.facts['web']}/webhooks/{provider}", **what, timeout=ANSWER_SECONDS, trust_env=False)


BODIES = {
    "forged": (b'{"id":"evt_1","object":"event"}', {"Stripe-Signature": "t=1,v1=" + "0" * 64}, 400),
    "unsigned": (b"{}", {}, 400),
    "truncated": (b'{"id":"evt_1","obj', {"Stripe-Signature": "t=1,v1=00"}, 400),
    "not utf-8": (b"\xff\xfe\x00", {"Stripe-Signature": "t=1,v1=00"}, 400),
    "array": (b"[]", {"Stripe-Signature": "t=1,v1=00"}, 400),
    "5 MB": (b"x" * 5_000_000, {"Stripe-Signature": "t=1,v1=00"}, 413),
}


@pytest.mark.parametrize(("body", "headers", "status"), BODIES.values(), ids=BODIES.keys())
def test_webhook_with_invalid_signature_is_refused(
    demo: Demo, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert webhook(demo, body, **headers).status_code == status


def test_webhook_of_unknown_provider_is_not_found(demo: Demo) -> None:
    assert post(demo, "nobody", content=b"{}").status_code == 404
