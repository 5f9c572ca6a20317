"""A plan that opens one of each kind, beside one that shares its group: bought, leaked, given back, and a chat lost."""

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
WAYS = ("🔗 Unirte a Todo", "🔗 Unirte a Avisos", "🔗 Unirte a Tertulia")


def test_one_purchase_is_a_way_into_each_for_its_buyer_alone_and_one_refund_closes_what_nothing_else_opens(
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
    ana.told("Guía", button="Abrir Guía")
    ways = ways_in(ana)
    ready = [each for each in ana.messages() if "¡Todo listo!" in each["text"]]
    assert len([each for each in ready if each["buttons"]]) == 1, "all of them by one message"
    ways["vip"] = vip.ritual(ana, ana.told("Paso 1 de 3", button="Continuar"))
    strangers = [demo.person(f"Ladrón {number}") for number in range(STRANGERS)]
    with ThreadPoolExecutor(4) as pool:
        for url in ways.values():
            assert {each["result"] for each in pool.map(partial(opened, url), strangers)} == {"requested"}
    for url in ways.values():
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

    # The bot is no administrator of one of them any more: the others go on.
    bot = next(each["id"] for each in demo.get(f"/channels/{chats['avisos']}")["members"] if each["is_bot"])
    demo.post(f"/channels/{chats['avisos']}/demote", {"id": bot})
    eva = demo.person("Eva")
    bought(eva, "Todo")
    ways = ways_in(eva, *(way for way in WAYS if "Avisos" not in way))
    for url in ways.values():
        assert eva.open(url)["result"] == "requested"
    eventually(lambda: eva.id in inside(demo, chats["tertulia"]), "she is in the group")
    eventually(lambda: own_channel(demo, eva), "and in a channel of her own")
    alarm = "SELECT facts->>'channel' FROM alarms WHERE kind = 'vip_bot_put_out' AND closed_at IS NULL"
    assert eventually(lambda: demo.sql(alarm), "the owners are told") == "Avisos"

    gives_back(demo, talk)
    eventually(lambda: inside(demo, chats["tertulia"]) == staff["tertulia"] | {eva.id}, "she is out of the group too")


def own_chat(demo: Demo, title: str, kind: str) -> int:
    """A chat of the operator's that plans can open."""
    owner, bots = demo.facts["admin_id"], [demo.facts["bot_username"]]
    made = int(demo.post("/chats", {"kind": kind, "title": title, "owner": owner, "bots": bots})["id"])
    command(demo, "resources", "add", str(made))
    return made


def on_sale(demo: Demo, name: str, *opens: str) -> None:
    """A plan of thirty days that opens these."""
    plan = {"soft_id": name.lower(), "name": name, "price": "25.00", "currency": "EUR", "days": 30, "opens": opens}
    command(demo, "staff", "save-plan", "--record", json.dumps(plan))


def bought(person: Person, plan: str) -> dict[str, Any]:
    """From the plan's own link to the payment."""
    seq = vip.last(person)
    person.open(f"https://t.me/{person.bot}?start=plan_{plan.lower()}")
    card = person.told(f"Plan {plan}", button="Suscribirse", after=seq)
    person.press(card, "Suscribirse")
    person.demo.pay(person.place_to_pay(after=card["seq"]))
    person.told("ago recibido", after=card["seq"])
    paid: dict[str, Any] = person.demo.get("/payments")["payments"][-1]
    return paid


def gives_back(demo: Demo, payment: dict[str, Any]) -> None:
    """All of it, at the provider."""
    demo.post(f"/payments/{payment['provider']}/{payment['id']}/refund")


def opened(url: str, person: Person) -> dict[str, Any]:
    """What comes of a link."""
    return person.open(url)


def inside(demo: Demo, chat: int) -> set[int]:
    """Who is in a chat, without bots and its owner."""
    found = demo.get(f"/channels/{chat}")
    return {int(each["id"]) for each in found["members"] if not each["is_bot"]} - {int(found["owner"])}


def own_channel(demo: Demo, person: Person) -> int | None:
    """The channel that was made for somebody, once they are inside."""
    mine = (each for each in demo.channels() if each["title"].startswith("Retador - Todo"))
    return next((int(each["id"]) for each in mine if person.id in inside(demo, int(each["id"]))), None)


def ways_in(person: Person, *buttons: str) -> dict[str, str]:
    """Each button by which they are let in, with its address, once all are there."""

    def look() -> dict[str, str] | None:
        shown = [each for message in person.messages() for row in message["buttons"] for each in row]
        ways = {each["text"]: each["url"] for each in shown if each["text"].startswith("🔗 Unirte a")}
        return ways if ways.keys() >= set(buttons or WAYS) else None

    return eventually(look, lambda: f"the ways in: {person.tail()}")
