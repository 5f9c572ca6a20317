"""Withdrawal from a contract with each provider, on the thirteenth and on the seventeenth day."""

from __future__ import annotations

import pytest

from tests.e2e.test_stars import Member as StarsMember
from tests.support.demo import Demo, Person, eventually
from tests.support.member import advance, alarmed, command, wait_until_idle, why
from tests.support.withdrawing import button_that_begins_with, payments_of, press, status_card

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100"}

METHODS = {"stripe": "Tarjeta", "paypal": "PayPal", "cryptomus": "Cripto"}
RETURNS = ("stripe", "paypal", "stars")
"""Providers that refund through their API."""


def buys(demo: Demo, provider: str, name: str) -> Person:
    """Create a customer who pays by a provider and joins the channel."""
    if provider == "stars":
        one = StarsMember(demo, name)
        one.buys()
        return one.person
    person = demo.person(name)
    person.buy("Retabet", METHODS[provider])
    person.received("Ya estás dentro")
    return person


@pytest.fixture(scope="module")
def people(demo: Demo) -> dict[str, tuple[Person, Person]]:
    """Return, by provider, a customer who withdraws on the thirteenth day, and one who tries after the period and a
    following weekend.
    """
    return {
        provider: (buys(demo, provider, f"Ana {provider}"), buys(demo, provider, f"Bea {provider}"))
        for provider in (*METHODS, "stars")
    }


def test_withdrawal_is_accepted_on_day_thirteen_and_refused_on_day_seventeen(
    demo: Demo, people: dict[str, tuple[Person, Person]]
) -> None:
    for ana, _ in people.values():
        received = ana.received("Puedes desistir del contrato hasta el")
        assert received["buttons"] == [], "the first button after paying is the way in"
        assert button_that_begins_with(status_card(ana), "withdraw") is not None
    advance(demo, days=13)
    for provider, (ana, _) in people.items():
        withdraws(demo, provider, ana)
    for provider, (ana, _) in people.items():
        is_over(demo, provider, ana)
    given_back_by_hand(demo, people["cryptomus"][0])
    twice(demo, *(people[provider][0] for provider in ("stripe", "paypal")))
    advance(demo, days=4)
    for provider, (_, bea) in people.items():
        is_too_late(demo, provider, bea)


def withdraws(demo: Demo, provider: str, ana: Person) -> None:
    """Withdraw from the contract in two steps, starting with /estado."""
    card = status_card(ana)
    press(ana, card, "withdraw")
    step = ana.received("Desistir del contrato", button="Confirmar desistimiento", after=card["seq"])
    assert "Contrato: Retabet, pedido #" in step["text"]
    assert "Quién: " in step["text"]
    assert "Acuse de recibo: en este chat" in step["text"]
    assert ("por el mismo medio" in step["text"]) is (provider in RETURNS), step["text"]
    press(ana, step, "confirm_withdraw")
    ana.received("Has desistido del contrato de Retabet", after=step["seq"])
    acknowledged = ana.received("Acuse de recibo de tu desistimiento", after=step["seq"])
    assert "Recibido: " in acknowledged["text"]
    assert acknowledged["kind"] == "document", "the text and its file are one message"
    document = acknowledged
    assert str(document["file"]["name"] if isinstance(document["file"], dict) else document["file"])


def is_over(demo: Demo, provider: str, ana: Person) -> None:
    """Assert that the subscription has ended, the customer is out of the channel, and the payment, messages and alarms
    are correct.
    """
    wait_until_idle(demo)
    known = why(demo, ana)
    assert known.status == "expired"
    channel = demo.channel_of(ana)
    assert channel is None or ana.id not in {member["id"] for member in channel["members"]}
    rows = demo.sql(
        "SELECT count(*) || ' ' || bool_and(automatic) FROM withdrawals w JOIN customers c ON c.id = w.customer_id"
        f" WHERE c.telegram_id = {ana.id}"
    )
    assert rows == f"1 {str(provider in RETURNS).lower()}"
    if provider in RETURNS:
        assert not [each for each in ana.messages() if "Te hemos devuelto" in each["text"]], "announced already"
        ((status, back),) = payments_of(demo, ana)
        assert status == "refunded"
        assert int(back) > 0
    else:
        assert payments_of(demo, ana) == [("captured", "0")]
        order = demo.sql(
            "SELECT upper(left(replace(w.order_id::text, '-', ''), 8)) FROM withdrawals w"
            f" JOIN customers c ON c.id = w.customer_id WHERE c.telegram_id = {ana.id}"
        )
        alarmed(demo, "ha desistido del contrato", str(order))
    assert button_that_begins_with(status_card(ana), "withdraw") is None


def given_back_by_hand(demo: Demo, ana: Person) -> None:
    """Record, as staff, the refund that the seller made outside the provider."""
    payment = demo.sql(
        "SELECT p.id FROM payments p JOIN customers c ON c.id = p.customer_id WHERE c.telegram_id = " + str(ana.id)
    )
    seq = int(ana.messages()[-1]["seq"])
    assert "29.99" in command(demo, "staff", "record-refund", str(payment), "--reason", "from our wallet")
    ana.received("por tu desistimiento del contrato de Retabet", after=seq)
    assert payments_of(demo, ana) == [("refunded", "2999")]
    advance(demo, minutes=15)
    owed = "SELECT count(*) FROM alarms WHERE kind = 'withdrawal_owed' AND closed_at IS NULL"
    eventually(lambda: demo.sql(owed) == 0, "the alarm closes by itself")


def twice(demo: Demo, ana: Person, other: Person) -> None:
    """Assert that a second press of the button reports the existing withdrawal, and that a withdrawal from another
    customer's order is refused.
    """
    order = demo.sql(
        "SELECT replace(w.order_id::text, '-', '') FROM withdrawals w JOIN customers c ON c.id = w.customer_id"
        f" WHERE c.telegram_id = {ana.id}"
    )
    for person, words in ((ana, "Ya desististe del contrato de Retabet"), (other, "Ese pedido no es tuyo")):
        card = status_card(person)
        body = {"peer": person.bot, "message_id": card["id"], "data": f"confirm_withdraw_{order}"}
        demo.post(f"/users/{person.id}/press", body)
        person.received(words, after=card["seq"])


def is_too_late(demo: Demo, provider: str, bea: Person) -> None:
    """Assert that the button is no longer shown, and that the link of the public pages shows when the period ended."""
    assert button_that_begins_with(status_card(bea), "withdraw") is None
    seq = int(bea.messages()[-1]["seq"])
    bea.send("/start withdraw")
    received = bea.received("El plazo para desistir del contrato de Retabet terminó el", after=seq)
    assert "/estado" in received["text"]
    assert why(demo, bea).status == "active"
    assert payments_of(demo, bea)[0][0] == "captured", provider
