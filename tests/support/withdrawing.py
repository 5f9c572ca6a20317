"""Purchases with legal declarations, and withdrawals from contracts, as customers of each provider
make them in a demo.
"""

from __future__ import annotations

from typing import Any

from tests.support.demo import Demo, Person
from tests.support.member import pay_stars

METHODS = {"stripe": "Tarjeta", "paypal": "PayPal", "cryptomus": "Cripto", "stars": "Stars"}


def button_that_begins_with(message: dict[str, Any], data: str) -> dict[str, Any] | None:
    rows = message.get("buttons") or []
    return next((each for row in rows for each in row if str(each.get("data", "")).startswith(data)), None)


def press(person: Person, message: dict[str, Any], data: str) -> None:
    """Press the button whose data begins with the given text."""
    chosen = button_that_begins_with(message, data)
    assert chosen is not None, message
    body = {"peer": person.bot, "message_id": message["id"], "data": chosen["data"]}
    person.demo.post(f"/users/{person.id}/press", body)


def status_card(person: Person) -> dict[str, Any]:
    seq = int(person.messages()[-1]["seq"])
    person.send("/estado")
    return person.received("", button="Ayuda", after=seq)


def buys(demo: Demo, provider: str, name: str, *boxes: str) -> Person:
    """Create a customer who ticks these declarations, pays by a provider, and joins the channel."""
    person = demo.person(name)
    person.send("/start")
    person.press(person.received("", button="Ver Planes"), "Ver Planes")
    person.press(person.received("Elige una casa de apuestas", button="Retabet"), "Retabet")
    person.press(person.received("Plan Retabet", button="Suscribirse"), "Suscribirse")
    methods = person.received("Puedes marcar las dos casillas", button="☐ Pido empezar ya")
    for box in boxes:
        person.press(methods, f"☐ {box}")
        methods = person.received("Puedes marcar las dos casillas", button=f"☑ {box}")
    buttons = [each["text"] for row in methods["buttons"] for each in row]
    person.press(methods, next(text for text in buttons if METHODS[provider] in text))
    pay = person.received("", button="Ir a pago seguro", after=methods["seq"])
    if provider == "stars":
        assert pay_stars(person, pay)["result"] == "paid"
    else:
        demo.pay(str(person.press(pay, "Ir a pago seguro")["value"]))
    person.join(person.invited())
    person.received("Ya estás dentro")
    return person


def to_step_one(person: Person) -> dict[str, Any]:
    card = status_card(person)
    press(person, card, "withdraw")
    return person.received("", button="Confirmar desistimiento", after=card["seq"])


def confirms(person: Person, step: dict[str, Any]) -> None:
    press(person, step, "confirm_withdraw")
    person.received("Acuse de recibo de tu desistimiento", after=step["seq"])


def payments_of(demo: Demo, person: Person) -> list[tuple[str, str]]:
    """Return the status and the refunded amount, in minor units, of each of a person's payments in the database."""
    statement = (
        "SELECT coalesce(string_agg(p.status || ' ' || coalesce((SELECT sum(r.amount_minor) FROM refunds r"
        f" WHERE r.payment_id = p.id), 0), ','), '') FROM payments p JOIN customers c ON c.id = p.customer_id"
        f" WHERE c.telegram_id = {person.id}"
    )
    found = str(demo.sql(statement))
    return [(status, minor) for status, _, minor in (each.partition(" ") for each in found.split(",") if each)]
