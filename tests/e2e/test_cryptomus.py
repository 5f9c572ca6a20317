"""Plans paid in crypto one period at a time, and every possible outcome of a payment, through the control interface."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support import vip_chat
from tests.support.demo import Demo, Person, eventually
from tests.support.member import (
    LATE,
    Member,
    advance,
    advance_to,
    alarmed,
    known_member,
    member,
    newest_payment,
    now,
    order_of,
    payment_found,
    receipts,
    wait_until_idle,
    why,
)

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100"}

PRICE = "29.99"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def buyer(demo: Demo, name: str, plan: str = "Retabet") -> Member:
    """Create a customer who pays in crypto and enters the channel."""
    return member(demo, name, plan, method="Cripto")


def inside(demo: Demo, person: Person, plan: str = "Retabet") -> Member:
    """Join the channel by the invite link after the payment, and return the customer as a Member."""
    channel = person.join(person.invited(plan))
    person.received("Ya estás dentro")
    return known_member(demo, person, int(channel["id"]), plan)


def is_a_month(demo: Demo, until: datetime) -> None:
    """Assert that the given time is one calendar month from now."""
    ahead = until - now(demo)
    assert 28 * DAY - HOUR < ahead <= 31 * DAY + HOUR


def stays_for_a_month(one: Member, payments: int = 1) -> datetime:
    """Assert that the member has access for a month from now, and return the end of access. payments: number of
    payments in the ledger.
    """
    until = why(one.demo, one.person).until
    is_a_month(one.demo, until)
    explained = one.stands("active", "active", until)
    assert [entry.split()[2] for entry in explained.entries] == ["payment"] * payments
    return until


def one_channel(one: Member) -> None:
    """Assert that only one channel was created for the member."""
    name = next(item["name"] for item in one.channel()["members"] if item["id"] == one.person.id)
    assert [item["id"] for item in one.demo.channels() if name in item["title"]] == [one.channel_id]


def pays_again(one: Member, button: str, after: int) -> None:
    """Pay once more with the button under a message."""
    seq = one.seq()
    one.person.press(one.received("", button=button, after=after), button)
    one.demo.pay(one.person.checkout_url("Cripto", after=seq))


def test_exact_payment_gives_access_for_one_month(demo: Demo) -> None:
    ana = buyer(demo, "Ana")
    stays_for_a_month(ana)
    one_channel(ana)
    (receipt,) = receipts(demo, ana.person)
    assert (receipt["amount"], receipt["currency"], receipt["method"]) == (PRICE, "EUR", "cryptomus")
    seq = ana.seq()
    ana.person.send("/cancelar")
    received = ana.received("no se te volverá a cobrar", after=seq)
    assert "Sí, cancelar" not in str(received["buttons"])


def test_second_payment_renews_access_and_missing_payment_ends_access(demo: Demo) -> None:
    berta, beto = buyer(demo, "Berta"), buyer(demo, "Beto")
    seq, his = berta.seq(), beto.seq()
    end, over = (stays_for_a_month(one) for one in (berta, beto))
    advance_to(demo, max(end, over) - 3 * DAY + 12 * HOUR)
    assert "No se renueva solo" in beto.received("termina el", button="Renovar Retabet", after=his)["text"]
    pays_again(berta, "Renovar Retabet", seq)
    berta.received("¡Gracias por seguir!", after=seq)
    longer = why(demo, berta.person).until
    assert 28 * DAY <= longer - end <= 31 * DAY
    assert len(berta.stands("active", "active", longer).entries) == 2
    one_channel(berta)
    advance_to(demo, max(end, over) + HOUR)
    beto.received("ha terminado", button="Volver a Retabet", after=his)
    beto.stands("expired", "revoked", over)
    berta.stands("active", "active", longer)
    assert not berta.said("ha terminado")
    his = beto.seq()
    pays_again(beto, "Volver a Retabet", 0)
    beto.received("¡Bienvenido de nuevo!", after=his)
    beto.comes_in(his)
    stays_for_a_month(beto)


def test_underpayment_is_completed_by_paying_the_missing_amount(demo: Demo) -> None:
    celia = demo.person("Celia")
    demo.pay(celia.checkout(method="Cripto"), amount="20.00")
    received = celia.received("Faltan 9,99\xa0€", button="Pagar lo que falta · 9,99\xa0€")
    alarmed(demo, "ha pagado menos", order_of(received))
    assert demo.channel_of(celia) is None
    celia.press(received, "Pagar lo que falta · 9,99\xa0€")
    rest = celia.checkout_url("Cripto", after=received["seq"])
    assert demo.checkout_of(rest)["amount"] == "9.99"
    demo.pay(rest)
    one = inside(demo, celia)
    stays_for_a_month(one)
    one_channel(one)
    assert sorted(receipt["amount"] for receipt in receipts(demo, celia)) == ["20.00", "9.99"]


def test_overpayment_gives_access_and_raises_an_alarm(demo: Demo) -> None:
    dora = demo.person("Dora")
    demo.pay(dora.checkout(method="Cripto"), amount="35.00")
    received = dora.received("Has pagado 5,01\xa0€ de más")
    stays_for_a_month(inside(demo, dora))
    alarmed(demo, "ha pagado de más", order_of(received))


@pytest.mark.parametrize("how", ["expire", "decline"])
def test_unpayable_invoice_is_replaced_by_a_new_invoice(demo: Demo, how: str) -> None:
    eli = demo.person("Eli")
    first = eli.checkout(method="Cripto")
    demo.post(f"/checkouts/{demo.checkout_of(first)['id']}/{how}")
    seq = eli.messages()[-1]["seq"]
    eli.send("/planes")
    eli.press(eli.received("Elige una casa de apuestas", button="Retabet", after=seq), "Retabet")
    card = eli.received("Plan Retabet", button="Suscribirse", after=seq)
    second = eli.chosen(card, "Cripto")
    assert second != first
    demo.pay(second)
    stays_for_a_month(inside(demo, eli))


def test_refund_by_the_provider_ends_access(demo: Demo) -> None:
    fede = buyer(demo, "Fede")
    payment = newest_payment(demo, "cryptomus")["id"]
    seq, at = fede.seq(), now(demo)
    demo.post(f"/payments/cryptomus/{payment}/refund")
    assert "29,99\xa0€" in fede.received("Te hemos devuelto", after=seq)["text"]
    fede.stands("expired", "revoked", at, LATE)
    assert sorted(receipt["amount"] for receipt in receipts(demo, fede.person)) == ["-29.99", "29.99"]


def test_payment_with_duplicated_reordered_and_forged_webhooks_is_applied_once(demo: Demo) -> None:
    gina = demo.person("Gina")
    url = gina.checkout("Sportium", "Cripto")
    # Webhooks of earlier tests are processed first.
    wait_until_idle(demo)
    last = max((item["id"] for item in demo.get("/deliveries")["deliveries"]), default=0)
    demo.faults(
        {"on": "webhooks", "do": "reorder"},
        {"on": "webhooks", "do": "duplicate", "n": 3},
        {"on": "webhooks", "do": "forge"},
    )
    try:
        demo.pay(url)

        def refused() -> list[dict[str, Any]] | None:
            sent = demo.get("/deliveries", after=last)["deliveries"]
            mine = [item for item in sent if item["provider"] == "cryptomus"]
            return mine if len(mine) == 2 and all(len(item["attempts"]) >= 3 for item in mine) else None

        answers = eventually(refused, lambda: f"all were tried: {demo.get('/deliveries', after=last)}")
        assert {attempt["status"] for item in answers for attempt in item["attempts"]} == {400}
        assert not gina.sees("Pago recibido")
        demo.faults({"on": "webhooks", "do": "reorder"}, {"on": "webhooks", "do": "duplicate", "n": 3})
        for item in reversed(answers):
            demo.post(f"/deliveries/{item['id']}/again")
        one = inside(demo, gina, "Sportium")
    finally:
        demo.faults()
    stays_for_a_month(one)
    one_channel(one)
    assert len(one.said("Pago recibido: ")) == len(receipts(demo, gina)) == 1


def test_crypto_payment_without_webhooks_is_found_by_fetching(demo: Demo) -> None:
    hugo, iris = demo.person("Hugo"), demo.person("Iris")
    hers = iris.checkout("Sportium", "Cripto")
    demo.pay(hugo.checkout("Sportium", "Cripto"), webhooks="never")
    asks = iris.received("", button="verificar")
    iris.press(asks, "Ya pagué, verificar")
    assert "Aún no nos consta" in iris.received("Aún no nos consta")["text"]
    demo.pay(hers, webhooks="never")
    iris.press(asks, "Ya pagué, verificar")
    payment_found(iris)
    stays_for_a_month(inside(demo, iris, "Sportium"))
    # Hugo never presses the button, and his payment is found automatically.
    advance(demo, minutes=4)
    stays_for_a_month(inside(demo, hugo, "Sportium"))


def test_unreported_partial_payment_for_vip_is_found(demo: Demo) -> None:
    mia = demo.person("Mía")
    url = mia.checkout("VIP Mensual", "Cripto")
    asks = mia.received("", button="verificar")
    demo.pay(url, amount="6.79", webhooks="never")
    mia.press(asks, "Ya pagué, verificar")
    part = mia.received("Faltan 3,20\xa0US$", button="Pagar lo que falta · 3,20\xa0US$")
    assert mia.id not in vip_chat.inside(demo)
    mia.press(part, "Pagar lo que falta")
    demo.pay(mia.checkout_url("Cripto", after=part["seq"]))
    vip_chat.enter(mia, vip_chat.ritual(mia, mia.received("Paso 1 de 3", button="Continuar")))


def test_slowly_confirmed_payment_gives_access_after_its_confirmation(demo: Demo) -> None:
    demo.post("/providers/cryptomus", {"confirm_after_s": "600"})
    try:
        noa = demo.person("Noa")
        url = noa.checkout("Sportium", "Cripto")
        asks = noa.received("", button="verificar")
        demo.pay(url)
        noa.press(asks, "Ya pagué, verificar")
        assert "No pagues otra vez" in noa.received("está en proceso")["text"]
        assert demo.channel_of(noa) is None
        advance(demo, minutes=11)
        stays_for_a_month(inside(demo, noa, "Sportium"))
    finally:
        demo.post("/providers/cryptomus", {"confirm_after_s": "0"})


@pytest.mark.parametrize("fault", [{"do": "garbage"}, {"do": "error", "code": 500}], ids=["html", "500"])
def test_invalid_answer_of_the_provider_is_reported_and_can_be_retried(demo: Demo, fault: dict[str, Any]) -> None:
    juan = demo.person("Juan")
    demo.faults({"on": "cryptomus", "method": "POST /v1/payment", **fault})
    try:
        juan.send("/start")
        juan.press(juan.received("", button="Ver Planes"), "Ver Planes")
        juan.press(juan.received("Elige una casa de apuestas", button="Retabet"), "Retabet")
        juan.press(juan.received("Plan Retabet", button="Cripto"), "Cripto")
        received = juan.received("No se ha hecho ningún cobro")
    finally:
        demo.faults()
    juan.press(received, "Intentar de nuevo")
    demo.pay(juan.checkout_url("Cripto", after=received["seq"]))
    stays_for_a_month(inside(demo, juan))


def two_pages(person: Person) -> tuple[str, str]:
    """Return the payment pages of one order, by card and in crypto."""
    card = person.checkout()
    other = person.received("", button="Pagar de otra forma")
    person.press(other, "Pagar de otra forma")
    return card, person.checkout_url("Cripto", after=other["seq"])


def test_second_payment_in_crypto_is_put_under_review(demo: Demo) -> None:
    kai = demo.person("Kai")
    card, coins = two_pages(kai)
    demo.pay(card, webhooks="before")
    one = inside(demo, kai)
    seq = one.seq()
    demo.pay(coins)
    received = one.received("un segundo pago de 29,99\xa0€", after=seq)
    assert "nuestro equipo lo está revisando" in received["text"]
    alarmed(demo, "ha pagado dos veces", order_of(received))
    assert len(one.stands("active", "active").entries) == 1
    one_channel(one)
    assert one.provider_code == "stripe"


def test_unreported_card_payment_is_refunded_after_a_crypto_payment(demo: Demo) -> None:
    luz = demo.person("Luz")
    card, coins = two_pages(luz)
    before = {item["id"] for item in demo.get("/payments")["payments"]}
    demo.pay(card, webhooks="never")
    demo.pay(coins)
    one = inside(demo, luz)
    until = stays_for_a_month(one)
    advance(demo, minutes=6)
    one.received("Te lo devolvemos entero")
    one.received("Te hemos devuelto 29,99\xa0€")
    assert len(one.stands("active", "active", until).entries) == 1
    one_channel(one)
    paid = {item["provider"]: item["state"] for item in demo.get("/payments")["payments"] if item["id"] not in before}
    assert paid == {"stripe": "refunded", "cryptomus": "paid"}
    assert one.provider_code == "cryptomus"
