"""Plan that opens two channels with entry steps, each with its own texts: bought once, entered one by one, and
refunded.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.test_bundles import bought, gives_back, inside, on_sale
from tests.support import vip_chat as vip
from tests.support.demo import Demo, Person, eventually
from tests.support.member import command

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

CHATS = {"curso": "Curso", "club": "Club"}
WORDS = {"curso": "Aquí empieza el curso.", "club": "El club te espera."}


def test_plan_with_two_channels_requires_the_entry_steps_of_each_channel(demo: Demo) -> None:
    chats = {name: with_ritual(demo, name) for name in CHATS}
    for name, words in WORDS.items():
        command(demo, "staff", "edit-text", f"es:vip.chat.stage_1@{name}", "--text", f"Paso 1 de 3. {words}")
    on_sale(demo, "Ambos", *CHATS)
    said_from_now_on(demo)
    staff = {name: inside(demo, chat) for name, chat in chats.items()}

    ana, eve = demo.person("Ana"), demo.person("Eve")
    payment = bought(ana, "Ambos")
    firsts = {name: ana.received(words, button="Continuar") for name, words in WORDS.items()}
    assert links(ana) == [], "nobody is led past a ritual"
    urls = {name: vip.ritual(ana, firsts[name]) for name in CHATS}
    for name, url in urls.items():
        assert eve.open(url)["result"] == "requested"
        assert ana.open(url)["result"] == "requested"
        eventually(lambda name=name: ana.id in inside(demo, chats[name]), f"she is in {name}")
        eventually(lambda name=name: demo.get(f"/channels/{chats[name]}")["requests"] == [], "all are answered")
        assert inside(demo, chats[name]) - staff[name] == {ana.id}, name
    stages = (
        "SELECT count(*) FROM ritual_entries JOIN customers ON customers.id = customer_id"
        f" WHERE telegram_id = {ana.id} AND vip_entry_stage IS NULL AND vip_entry_token IS NULL"
    )
    eventually(lambda: demo.sql(stages) == len(CHATS), "both rituals are over")

    # When the entry steps are switched off, customers in the middle of them are admitted by a link.
    leo = demo.person("Leo")
    bought(leo, "Ambos")
    leo.received(WORDS["club"], button="Continuar")
    seq = vip.last(leo)
    command(demo, "staff", "change-entry", "club", "--entry", "request")
    ready = leo.received("enlace a Club", after=seq)
    [url] = [each["url"] for row in ready["buttons"] for each in row]
    assert leo.open(url)["result"] == "requested"
    eventually(lambda: leo.id in inside(demo, chats["club"]), "he is in the club")

    gives_back(demo, payment)
    for name, chat in chats.items():
        eventually(lambda chat=chat: ana.id not in inside(demo, chat), f"she is out of {name}")
    assert leo.id in inside(demo, chats["club"])


def with_ritual(demo: Demo, name: str) -> int:
    """Create a channel of the operator with entry steps, and return its id."""
    chat: dict[str, Any] = {"kind": "channel", "title": CHATS[name], "owner": demo.facts["admin_id"]}
    made = int(demo.post("/chats", chat | {"bots": [demo.facts["bot_username"]]})["id"])
    command(demo, "resources", "add", str(made), "--name", name, "--entry", "ritual")
    return made


def said_from_now_on(demo: Demo) -> None:
    """Change a text and wait until the bot shows it. The bot then also shows all texts that were changed before."""
    command(demo, "staff", "edit-text", "es:plans.welcome_vip", "--text", "Hola otra vez.")
    zoe = demo.person("Zoe")

    def greeted() -> object:
        zoe.send("/start")
        return zoe.sees("Hola otra vez.")

    eventually(greeted, "the bot has the new words")


def links(person: Person) -> list[str]:
    """Return all invite links that the bot has shown to the person."""
    shown = [each for message in person.messages() for row in message["buttons"] for each in row]
    return [each["url"] for each in shown if "t.me/+" in each.get("url", "")]
