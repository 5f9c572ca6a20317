"""Plan that opens one resource of each kind, and a plan that shares its group: purchase, leaked links, refund, and a
lost chat.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.support import vip_chat as vip
from tests.support.demo import Demo, Person, eventually
from tests.support.member import command

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

STRANGERS = 50
FILE = "https://umbral.example/guia"
CHATS = {"avisos": ("Avisos", "channel"), "tertulia": ("Tertulia", "group")}
OPENS = ("personal", *CHATS, "vip", "guia")
JOIN_BUTTONS = ("🔗 Unirte a Todo", "🔗 Unirte a Avisos", "🔗 Unirte a Tertulia")


def test_bundle_admits_only_the_buyer_and_refund_revokes_access_without_another_plan(
    demo: Demo,
) -> None:
    chats = {name: own_chat(demo, *chat) for name, chat in CHATS.items()}
    command(demo, "staff", "add-content", "--title", "Guía", "--content", FILE)
    on_sale(demo, "Todo", *OPENS)
    on_sale(demo, "Charla", "tertulia")
    chats["vip"] = int(demo.facts["vip_channel_id"])
    staff = {name: inside(demo, chat) for name, chat in chats.items()}

    ana = demo.person("Ana")
    everything = bought(ana, "Todo")
    ana.received("Guía", button="Abrir Guía")
    links = join_links(ana)
    ready = [each for each in ana.messages() if "¡Todo listo!" in each["text"]]
    assert len([each for each in ready if each["buttons"]]) == 1, "all of them by one message"
    links["vip"] = vip.ritual(ana, ana.received("Paso 1 de 3", button="Continuar"))
    strangers = [demo.person(f"Ladrón {number}") for number in range(STRANGERS)]
    with ThreadPoolExecutor(4) as pool:
        for url in links.values():
            assert {each["result"] for each in pool.map(partial(opened, url), strangers)} == {"requested"}
    for url in links.values():
        assert ana.open(url)["result"] == "requested"
    chats["personal"] = eventually(lambda: own_channel(demo, ana), "she is in a channel of her own")
    for name, chat in chats.items():
        eventually(lambda chat=chat: ana.id in inside(demo, chat), f"she is in {name}")
        eventually(lambda chat=chat: demo.get(f"/channels/{chat}")["requests"] == [], f"all are answered at {name}")
        assert inside(demo, chat) - staff.get(name, set()) == {ana.id}, name

    talk = bought(ana, "Charla")
    gives_back(demo, everything)
    for name in chats.keys() - {"tertulia"}:
        eventually(lambda name=name: ana.id not in inside(demo, chats[name]), f"she is out of {name}")
    assert ana.id in inside(demo, chats["tertulia"])

    # The bot is no longer an administrator of one of the chats: the plan is not for sale, and who was about to pay
    # enters the other chats.
    eva = demo.person("Eva")
    checkout = about_to_pay(eva, "Todo")
    bot = next(each["id"] for each in demo.get(f"/channels/{chats['avisos']}")["members"] if each["is_bot"])
    demo.post(f"/channels/{chats['avisos']}/demote", {"id": bot})
    alarm = "SELECT facts->>'channel' FROM alarms WHERE kind = 'vip_bot_put_out' AND closed_at IS NULL"
    assert eventually(lambda: demo.sql(alarm), "the owners are told") == "Avisos"
    late = demo.person("Leo")
    late.open(f"https://t.me/{late.bot}?start=plan_todo")
    late.received("no está a la venta")
    pays(eva, checkout)
    links = join_links(eva, *(way for way in JOIN_BUTTONS if "Avisos" not in way))
    for url in links.values():
        assert eva.open(url)["result"] == "requested"
    eventually(lambda: eva.id in inside(demo, chats["tertulia"]), "she is in the group")
    eventually(lambda: own_channel(demo, eva), "and in a channel of her own")

    gives_back(demo, talk)
    eventually(lambda: inside(demo, chats["tertulia"]) == staff["tertulia"] | {eva.id}, "she is out of the group too")


def own_chat(demo: Demo, title: str, kind: str) -> int:
    """Create a chat of the operator that plans can open, and return its id."""
    owner, bots = demo.facts["admin_id"], [demo.facts["bot_username"]]
    made = int(demo.post("/chats", {"kind": kind, "title": title, "owner": owner, "bots": bots})["id"])
    command(demo, "resources", "add", str(made))
    return made


def on_sale(demo: Demo, name: str, *opens: str) -> None:
    """Create a plan of thirty days that opens the given resources."""
    plan = {"soft_id": name.lower(), "name": name, "price": "25.00", "currency": "EUR", "days": 30, "opens": opens}
    command(demo, "staff", "save-plan", "--record", json.dumps(plan))


def bought(person: Person, plan: str) -> dict[str, Any]:
    """Buy a plan by its deep link and return the payment."""
    return pays(person, about_to_pay(person, plan))


def about_to_pay(person: Person, plan: str) -> str:
    """Open the checkout of a plan by its deep link and return the checkout's URL."""
    seq = vip.last(person)
    person.open(f"https://t.me/{person.bot}?start=plan_{plan.lower()}")
    card = person.received(f"Plan {plan}", button="Suscribirse", after=seq)
    person.press(card, "Suscribirse")
    return person.checkout_url(after=card["seq"])


def pays(person: Person, checkout: str) -> dict[str, Any]:
    """Pay at a checkout and return the payment."""
    seq = vip.last(person)
    person.demo.pay(checkout)
    person.received("ago recibido", after=seq)
    paid: dict[str, Any] = person.demo.get("/payments")["payments"][-1]
    return paid


def gives_back(demo: Demo, payment: dict[str, Any]) -> None:
    """Refund the whole payment at the provider."""
    demo.post(f"/payments/{payment['provider']}/{payment['id']}/refund")


def opened(url: str, person: Person) -> dict[str, Any]:
    """Open an invite link as the person, and return the response of the control interface."""
    return person.open(url)


def inside(demo: Demo, chat: int) -> set[int]:
    """Return the members of a chat, without the bots and the chat's owner."""
    found = demo.get(f"/channels/{chat}")
    return {int(each["id"]) for each in found["members"] if not each["is_bot"]} - {int(found["owner"])}


def own_channel(demo: Demo, person: Person) -> int | None:
    """Return the id of the personal channel that the person has entered, or None."""
    mine = (each for each in demo.channels() if each["title"].startswith("Retador - Todo"))
    return next((int(each["id"]) for each in mine if person.id in inside(demo, int(each["id"]))), None)


def join_links(person: Person, *buttons: str) -> dict[str, str]:
    """Wait until the bot has sent all of the given invite buttons, and return their URLs by label. Without arguments,
    wait for the plan's usual buttons.
    """

    def look() -> dict[str, str] | None:
        shown = [each for message in person.messages() for row in message["buttons"] for each in row]
        links = {each["text"]: each["url"] for each in shown if each["text"].startswith("🔗 Unirte a")}
        return links if links.keys() >= set(buttons or JOIN_BUTTONS) else None

    return eventually(look, lambda: f"the ways in: {person.tail()}")
