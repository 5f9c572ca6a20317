"""A gift in the demo: purchase, delivery and opening."""

from __future__ import annotations

import re

import pytest

from tests.support.demo import Demo
from tests.support.member import command, known_member, pay_stars, why

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]


@pytest.mark.parametrize("method", ["Tarjeta", "PayPal", "Cripto", "Stars"])
def test_gift_is_bought_by_one_customer_and_used_by_another(demo: Demo, method: str) -> None:
    """The gift is bought in the chat and opened by a new customer. Its link does not work for a third person."""
    ana, berta = demo.person("Gala"), demo.person("Hugo")
    ana.send("/start")
    ana.press(ana.received("", button="Ver Planes"), "Ver Planes")
    ana.press(ana.received("Elige una casa de apuestas", button="Retabet"), "Retabet")
    card = ana.received("Plan Retabet", button="Regalar")
    ana.press(card, "Regalar")
    buttons = ana.received("Lo pagas una sola vez", button=method, after=card["seq"])
    ana.press(buttons, method)
    pay = ana.received("Un regalo", button="Ir a pago seguro", after=buttons["seq"])
    if method == "Stars":
        paid = pay_stars(ana, pay)
        assert paid["result"] == "paid", paid
    else:
        demo.pay(str(ana.press(pay, "Ir a pago seguro")["value"]))
    ready = ana.received("Tu regalo está listo", button="Ver el enlace del regalo")
    ana.press(ready, "Ver el enlace del regalo")
    passed_on = ana.received("Un regalo para ti", button="Enviar el regalo")
    link = re.search(r"https://t\.me/\S+", passed_on["text"])
    assert link is not None
    assert "29,99" not in passed_on["text"]

    berta.open(link[0])
    offer = berta.received("Un regalo para ti", button="Abrir mi regalo")
    assert "términos" in offer["text"]
    berta.press(offer, "Abrir mi regalo")
    berta.received("¡Regalo abierto!")
    ready = berta.received("", button="Unirte al canal Retabet")
    channel = berta.join(str(berta.press(ready, "Unirte al canal Retabet")["value"]))
    ana.received("Ya han abierto tu regalo")
    one = known_member(demo, berta, int(channel["id"]), "Retabet")
    explained = one.stands("active", "active", why(demo, berta).until)
    assert [" ".join(entry.split()[2:6]) for entry in explained.entries] == ["gift, paid by order"]
    assert "never had a subscription" in command(demo, "why", str(ana.id))

    other = demo.person("Iris")
    other.open(link[0])
    other.received("ya lo usó otra cuenta")
