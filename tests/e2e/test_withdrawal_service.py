"""Who asked to begin at once, and agreed to owe for what runs, has the rest back; who ticked one box has all of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.test_withdrawal import payments_of, press, status_card
from tests.support.demo import Demo, Person
from tests.support.member import advance, pay_stars, settles, why

pytestmark = pytest.mark.e2e

# The clock moves for everybody here: many may end at once, and nobody has to be asked about that.
SETTINGS = {"SWEEP_GUARD": "100", "WITHDRAWAL_DECLARATIONS": "service"}

METHODS = {"stripe": "Tarjeta", "paypal": "PayPal", "cryptomus": "Cripto", "stars": "Stars"}


def buys(demo: Demo, provider: str, name: str, *boxes: str) -> Person:
    """Somebody new who ticks these boxes, pays by a provider, and is inside."""
    person = demo.person(name)
    person.send("/start")
    person.press(person.told("", button="Ver Planes"), "Ver Planes")
    person.press(person.told("Elige una casa de apuestas", button="Retabet"), "Retabet")
    person.press(person.told("Plan Retabet", button="Suscribirse"), "Suscribirse")
    methods = person.told("Puedes marcar las dos casillas", button="☐ Pido empezar ya")
    for box in boxes:
        person.press(methods, f"☐ {box}")
        methods = person.told("Puedes marcar las dos casillas", button=f"☑ {box}")
    ways = [each["text"] for row in methods["buttons"] for each in row]
    person.press(methods, next(text for text in ways if METHODS[provider] in text))
    pay = person.told("", button="Ir a pago seguro", after=methods["seq"])
    if provider == "stars":
        assert pay_stars(person, pay)["result"] == "paid"
    else:
        demo.pay(str(person.press(pay, "Ir a pago seguro")["value"]))
    person.join(person.invited())
    person.told("Ya estás dentro")
    return person


def to_step_one(person: Person) -> dict[str, Any]:
    card = status_card(person)
    press(person, card, "withdraw")
    return person.told("", button="Confirmar desistimiento", after=card["seq"])


def confirms(person: Person, step: dict[str, Any]) -> None:
    press(person, step, "confirm_withdraw")
    person.told("Acuse de recibo de tu desistimiento", after=step["seq"])


BOTH = ("Pido empezar ya", "Debo la parte proporcional")


def test_day_thirteen_with_and_without_the_declarations(demo: Demo) -> None:
    declared = {provider: buys(demo, provider, f"Ana {provider}", *BOTH) for provider in METHODS}
    undeclared = buys(demo, "stripe", "Bea", BOTH[0])
    declared["stripe"].told("aceptaste deber la parte proporcional")
    advance(demo, days=13)
    for provider, ana in declared.items():
        step = to_step_one(ana)
        # Stars go back whole or not at all, so that is what the customer has.
        assert ("Por los días que ya has usado se quedan" in step["text"]) is (provider != "stars"), provider
        confirms(ana, step)
    step = to_step_one(undeclared)
    assert "se quedan" not in step["text"]
    confirms(undeclared, step)
    settles(demo)
    for provider, ana in declared.items():
        assert why(demo, ana).status == "expired"
        ((status, back),) = payments_of(demo, ana)
        if provider == "stars":
            assert (status, back) == ("refunded", "1500")
            continue
        assert status == "captured", "a part that goes back leaves the payment counted"
        # 13 of 30 or 31 days are owed; one provider gives nothing back by itself.
        assert (2999 * 0.55 < int(back) < 2999 * 0.60) is (provider != "cryptomus"), (provider, back)
    assert payments_of(demo, undeclared) == [("refunded", "2999")]
    kept = demo.sql("SELECT count(*) FROM declarations WHERE words LIKE '%☑ Pido empezar ya%' AND language = 'es'")
    assert kept == 5
