"""A shop that sells to selected countries: a buyer names their country once before paying."""

from __future__ import annotations

import pytest

from tests.support.demo import Demo, Person

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

SETTINGS = {"SELL_COUNTRIES": "ES, PT"}


def wants(person: Person) -> None:
    person.send("/start")
    person.press(person.received("", button="Ver Planes"), "Ver Planes")
    person.press(person.received("Elige una casa de apuestas", button="Retabet"), "Retabet")
    person.press(person.received("Plan Retabet", button="Suscribirse"), "Suscribirse")


def test_buyer_from_another_country_is_refused_and_other_buyers_confirm_their_country_once(demo: Demo) -> None:
    ana = demo.person("Ana")
    wants(ana)
    asked = ana.received("¿Desde qué país compras?", button="España")
    ana.press(asked, "Otro país")
    refused = ana.received("En tu país todavía no podemos vender", button="Elegir otro país")
    assert "No se ha hecho ningún cobro" in refused["text"]
    ana.press(refused, "Elegir otro país")
    ana.press(ana.received("¿Desde qué país compras?", button="Portugal"), "Portugal")
    ana.press(ana.received("¿Cómo quieres pagar?", button="Tarjeta"), "Tarjeta")
    demo.pay(ana.checkout_url())
    ana.join(ana.invited())
    ana.received("Ya estás dentro")
    kept = demo.sql(
        f"SELECT o.country FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.telegram_id = {ana.id}"
    )
    assert kept == "PT"
    ana.send("/planes")
    ana.press(ana.received("Elige una casa de apuestas", button="Sportium"), "Sportium")
    seq = int(ana.messages()[-1]["seq"])
    card = ana.received("Plan Sportium", button="Suscribirse")
    ana.press(card, "Suscribirse")
    ana.ready_to_pay(after=seq - 1)
    assert ana.sees("¿Desde qué país compras?", after=seq) is None
