"""Account transfer in the demo: after the first account is lost, the second account has the subscription and the
access.
"""

from __future__ import annotations

import re

import pytest

from tests.support.demo import Demo, Person, eventually, find
from tests.support.member import why

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock advances for all customers: many subscriptions may end at once, without a question to an owner.
SETTINGS = {"SWEEP_GUARD": "100"}


def advance(demo: Demo, **by: int) -> None:
    demo.post("/clock/advance", by)


def inside(demo: Demo, channel_id: int) -> set[int]:
    return {member["id"] for member in demo.get(f"/channels/{channel_id}")["members"]}


def test_second_account_has_the_subscription_and_channel_after_the_transfer(demo: Demo) -> None:
    ana, found = demo.person("Ana perdida"), demo.person("Ana otra vez")
    channel = ana.buy()
    second_account(ana, "Añadir otra cuenta")
    link = re.search(r"start=(acc_[\w-]+)", ana.received("Abre este enlace con tu segunda cuenta")["text"])
    assert link is not None
    found.send(f"/start {link[1]}")
    found.received("Esta es ahora la segunda cuenta de")

    advance(demo, days=1, hours=1)
    second_account(found, "He perdido la otra cuenta")
    found.press(found.received("¿Has perdido la otra cuenta?", button="Sí, pasarlo"), "Sí, pasarlo")
    found.received("Estamos avisando a la otra cuenta")
    ana.received("pase a otra cuenta", button="detenerlo")
    # The day to object begins once the notice has arrived: from then on the screen names its end.
    due_at = f"SELECT due_at FROM takeovers WHERE to_account = {found.id}"
    eventually(lambda: demo.sql(due_at), lambda: f"the notice has arrived; chat: {ana.tail()}")
    found.send("/mis_datos")
    found.press(found.received("", button="Segunda cuenta"), "Segunda cuenta")
    found.received("todo lo que tiene la otra cuenta pasará a esta el")

    advance(demo, days=1, hours=1)
    eventually(lambda: ana.id not in inside(demo, channel["id"]) or None, f"she is out; chat: {ana.tail()}")
    way_in = find(found.received("Aquí tienes tu nuevo enlace", button="Unirte al canal"), "Unirte al canal")
    assert way_in is not None
    found.join(way_in["url"])
    assert found.id in inside(demo, channel["id"])
    assert why(demo, found).status == "active"
    owned = "FROM subscriptions s JOIN customers c ON c.id = s.customer_id WHERE c.telegram_id ="
    assert demo.sql(f"SELECT count(*) {owned} {ana.id}") == 0
    ref = demo.sql(f"SELECT s.provider_ref {owned} {found.id}")
    demo.post(f"/subscriptions/stripe/{ref}/renew")
    found.received("Renovado")


def second_account(person: Person, button: str) -> None:
    """Open the card of backup accounts, and press a button on it."""
    person.send("/mis_datos")
    person.press(person.received("", button="Segunda cuenta"), "Segunda cuenta")
    person.press(person.received("", button=button), button)
