"""The VIP channel through the control interface: codes and purchases, entry steps, expiry and return."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.support import vip_chat as vip
from tests.support.demo import Demo, Person, eventually, find, running_demo
from tests.support.fork_clients import ForkClient
from tests.support.member import wait_until_idle

pytestmark = pytest.mark.e2e

CARD = """🎉 ¡Suscripción VIP Activada!

Plan: VIP Mensual
Precio: $9.99
Duración: 30 días
Días Restantes: 30

⭐ Tu rol ha sido actualizado a: Usuario VIP"""


def inside(demo: Demo, name: str, *codes: str) -> Person:
    """Create a customer who entered the VIP channel with the first of the given codes and then used the other codes."""
    person = demo.person(name)
    vip.enter(person, vip.ritual(person, vip.activate(person, codes[0])))
    for more in codes[1:]:
        seq = vip.last(person)
        vip.say_yes(person, more)
        person.received("¡Suscripción VIP Extendida!", after=seq)
    return person


def test_code_leads_through_three_steps_into_the_channel(demo: Demo) -> None:
    ana = demo.person("Ana")
    assert ana.open(vip.link(demo, vip.code(demo)))["result"] == "started"
    vip.agree(ana, 0)
    card = ana.received(vip.ACTIVATED)
    assert card["text"].startswith(CARD)
    assert "Paso 1 de 3" in card["text"]
    url = vip.ritual(ana, card)
    assert ana.id not in vip.inside(demo)
    vip.enter(ana, url)
    eventually(lambda: url not in vip.live_links(demo) or None, "the link served and is revoked")
    wait_until_idle(demo)
    assert demo.sql(f"SELECT count(*) FROM vip_entries WHERE vip_entry_stage IS NULL AND {mine(ana)}") == 1
    assert demo.sql(f"SELECT count(*) FROM vip_entries WHERE vip_entry_token IS NOT NULL AND {mine(ana)}") == 0
    seq = vip.last(ana)
    ana.send("/estado")
    shown = ana.received("VIP Mensual", after=seq)["text"]
    assert shown.count("dentro") == 1
    assert "🎟 Código · no se renueva · hasta el " in shown
    assert "9,99" not in shown, "no charge is coming"


def mine(person: Person) -> str:
    return f"customer_id = (SELECT id FROM customers WHERE telegram_id = {person.id})"


def test_second_person_with_the_same_link_is_declined(demo: Demo) -> None:
    ana, eve = demo.person("Ana"), demo.person("Eve")
    url = vip.ritual(ana, vip.activate(ana, vip.code(demo)))
    assert eve.open(url)["result"] == "requested"
    eventually(lambda: eve.id not in vip.vip_channel(demo)["requests"] or None, "Eve is answered")
    assert eve.id not in vip.inside(demo)
    vip.enter(ana, url)
    eventually(lambda: url not in vip.live_links(demo) or None, "the link is revoked")
    assert eve.open(url)["result"] == "refused"


def test_purchase_of_a_vip_plan_leads_through_three_steps_into_the_channel(demo: Demo) -> None:
    leo = demo.person("Leo")
    demo.pay(leo.checkout("VIP Mensual"))
    leo.received("¡Pago recibido!")
    first = leo.received("Paso 1 de 3", button="Continuar")
    vip.enter(leo, vip.ritual(leo, first))
    assert [message for message in leo.messages() if "preparando tu canal" in message["text"]] == []
    renewed_by_paying(leo)


def renewed_by_paying(person: Person) -> None:
    """Renew from the status card before the expiry: the days are added, and no entry steps are required."""
    before = person.demo.sql(until(person))
    seq = vip.last(person)
    person.send("/estado")
    person.press(person.received("", button="Gestionar", after=seq), "Gestionar")
    person.press(person.received("", button="Renovar VIP Mensual", after=seq), "Renovar VIP Mensual")
    pay = person.ready_to_pay(after=seq)
    person.demo.pay(str(person.press(pay, "Ir a pago seguro")["value"]))
    received = person.received("¡Pago recibido!", after=pay["seq"])
    assert find(received, "Continuar") is None
    assert person.demo.sql(until(person)) == before + timedelta(days=30)
    assert person.id in vip.inside(person.demo)


def until(person: Person) -> str:
    return f"SELECT access_until FROM subscriptions WHERE {mine(person)}"


@pytest.mark.exhaustive
def test_member_without_renewal_is_removed_at_expiry_and_readmitted_with_the_next_code(own_demo: Demo) -> None:
    demo = own_demo
    staying = vip.inside(demo)
    gil = inside(demo, "Gil", vip.code(demo))
    rosa = inside(demo, "Rosa", vip.code(demo))
    seq = vip.last(rosa)
    demo.post("/clock/advance", {"days": 29})
    renew(rosa, vip.code(demo))
    assert rosa.sees("Paso 1 de 3", after=seq) is None
    demo.post("/clock/advance", {"days": 1, "hours": 1})
    eventually(lambda: vip.inside(demo) == staying | {rosa.id} or None, f"only Gil is out; chat: {gil.tail()}")
    gil.received("ha terminado")
    # A removal bans, checks, and lifts the ban.
    eventually(lambda: vip.vip_channel(demo)["banned"] == [] or None, "nobody stays barred")
    assert vip.vip_channel(demo)["requests"] == []
    # The earlier link does not admit anyone again.
    seq = vip.last(gil)
    vip.enter(gil, vip.ritual(gil, vip.activate(gil, vip.code(demo))))
    assert gil.sees("Paso 3 de 3", after=seq)
    assert vip.inside(demo) == staying | {rosa.id, gil.id}


def renew(person: Person, made: str) -> None:
    seq = vip.last(person)
    vip.say_yes(person, made)
    received = person.received("¡Suscripción VIP Extendida!", after=seq)
    assert "Días Restantes: 31" in received["text"]
    assert find(received, "Continuar") is None


@pytest.mark.exhaustive
def test_expired_unused_link_is_replaced(own_demo: Demo) -> None:
    demo = own_demo
    ana = demo.person("Ana")
    old = vip.ritual(ana, vip.activate(ana, vip.code(demo)))
    demo.post("/clock/advance", {"hours": 25})
    assert ana.open(old)["result"] == "refused"
    # By the bot's clock the old link may still be valid for up to an hour.
    new = eventually(lambda: other_link(ana, old), "a new link")
    vip.enter(ana, new)
    # A customer who left voluntarily returns without the entry steps.
    demo.post(f"/users/{ana.id}/leave", {"channel_id": demo.facts["vip_channel_id"]})
    # The request checks the members: a count read before she left may have been saved afterwards.
    vip.enter(ana, link_from_status(ana, "Unirte al canal VIP Mensual"))


def link_from_status(person: Person, button: str) -> str:
    seq = vip.last(person)
    person.send("/estado")
    return str(person.press(person.received("", button=button, after=seq), button)["value"])


def other_link(person: Person, old: str) -> str | None:
    url = link_from_status(person, "Cruzar el umbral")
    return url if url != old else None


@pytest.mark.exhaustive
def test_code_opened_by_fifty_people_at_once_is_activated_once(demo: Demo) -> None:
    made = vip.code(demo)
    people = [demo.person(f"Cliente {number}") for number in range(50)]
    with ThreadPoolExecutor(25) as pool:
        list(pool.map(lambda person: vip.come(person, made), people))
        list(pool.map(says_yes, people))
        answers = list(pool.map(answer_of, people))
    assert sorted(answers) == ["activated"] + ["refused"] * 49
    used = f"(SELECT subscription_id FROM activation_tokens WHERE token = '{made}')"
    assert demo.sql(f"SELECT count(*) FROM subscriptions WHERE id = {used}") == 1
    ids = ", ".join(str(person.id) for person in people)
    owners = f"SELECT id FROM customers WHERE telegram_id IN ({ids})"
    assert demo.sql(f"SELECT count(*) FROM subscriptions WHERE customer_id IN ({owners})") == 1


def says_yes(person: Person) -> None:
    """Confirm the redemption of the code, unless another account used the code before the bot asked for the
    confirmation.
    """

    def asked() -> Any:
        return person.sees("¿Lo usas ahora?") or person.sees("ya lo usó otra cuenta")

    reported = eventually(asked, f"{person.id} is asked: {person.tail()}")
    if find(reported, vip.USE):
        person.press(reported, vip.USE)


def answer_of(person: Person) -> str:
    def answered() -> Any:
        if person.sees(vip.ACTIVATED):
            return "activated"
        return "refused" if person.sees("ya lo usó otra cuenta", button="Ver Planes") else None

    return str(eventually(answered, f"{person.id} is answered: {person.tail()}"))


@pytest.mark.exhaustive
def test_code_for_a_personal_channel_is_activated(demo: Demo) -> None:
    noa = demo.person("Noa", username="noa_k")
    vip.say_yes(noa, vip.code(demo, "retabet"))
    card = noa.received("¡Suscripción Activada!")
    assert "preparando tu canal" in card["text"]
    assert "VIP" not in card["text"]
    ready = noa.received("Tu canal exclusivo te espera", button="Unirte al canal Retabet")
    channel = noa.join(str(noa.press(ready, "Unirte al canal Retabet")["value"]))
    assert channel["title"] == "Retador - Retabet - @noa_k"
    assert not noa.sees("Pago recibido")


@pytest.mark.exhaustive
def test_customer_gets_the_invite_link_at_once_if_vip_entry_is_direct(
    tmp_path_factory: pytest.TempPathFactory, fork_client: ForkClient
) -> None:
    with running_demo(tmp_path_factory.mktemp("direct"), "--set", "VIP_ENTRY=direct", fork_client=fork_client) as demo:
        ana, leo = demo.person("Ana"), demo.person("Leo")
        card = vip.activate(ana, vip.code(demo))
        assert card["text"].startswith(CARD)
        assert card["text"].endswith("⚠️ El link expira en 5 horas.")
        vip.enter(ana, str(ana.press(card, "Unirte al canal VIP Mensual")["value"]))
        demo.pay(leo.checkout("VIP Mensual"))
        paid = leo.received("¡Pago recibido!")
        assert find(paid, "Continuar") is None
        ready = leo.received("Aquí tienes tu enlace al canal VIP", button="Unirte al canal VIP Mensual")
        vip.enter(leo, str(leo.press(ready, "Unirte al canal VIP Mensual")["value"]))


@pytest.mark.exhaustive
def test_post_to_a_vip_plan_is_one_message(demo: Demo) -> None:
    olga = Person(demo, int(demo.facts["admin_id"]))
    text = "Pick VIP: Betis – Sevilla, más de 2,5 goles"
    for name in ("Ana", "Leo"):
        inside(demo, name, vip.code(demo))
    assert demo.pick("vip-pick", {"plan": "vip-mensual", "text": text}).status_code == 202

    def posts() -> list[dict[str, Any]]:
        return [post for post in olga.messages(demo.facts["vip_channel_id"]) if post["text"] == text]

    eventually(lambda: posts() or None, "the pick is in the VIP channel")
    assert demo.pick("vip-pick", {"plan": "vip-mensual", "text": text}).status_code == 202
    edited = "Pick VIP: Betis – Sevilla, más de 3,5 goles"
    assert demo.pick("vip-pick", {"plan": "vip-mensual", "text": edited}, "PUT").status_code in {200, 202}
    eventually(lambda: olga_sees(olga, edited) == 1 or None, "the one post is edited")
    assert posts() == []


def olga_sees(olga: Person, text: str) -> int:
    return sum(post["text"] == text for post in olga.messages(olga.demo.facts["vip_channel_id"]))


def test_deep_link_opens_its_plan_and_first_source_of_a_customer_is_stored(demo: Demo) -> None:
    bot = demo.facts["bot_username"]
    eva = demo.person("Eva")
    eva.open(f"https://t.me/{bot}?start=src_instagram_bio")
    eva.received("Bienvenido")
    assert demo.sql(f"SELECT source FROM customers WHERE telegram_id = {eva.id}") == "instagram_bio"
    eva.open(f"https://t.me/{bot}?start=plan_vip-mensual")
    assert "$9.99 · 30 días" in eva.received("Plan VIP Mensual", button="Suscribirse")["text"]
    eva.open(f"https://t.me/{bot}?start=plan_no-hay")
    eva.received("no está a la venta", button="Ver Planes")
    eva.open(f"https://t.me/{bot}?start=src_otra")
    eventually(lambda: len([m for m in eva.messages() if "Bienvenido" in m["text"]]) == 2 or None, "a second welcome")
    assert demo.sql(f"SELECT source FROM customers WHERE telegram_id = {eva.id}") == "instagram_bio"
