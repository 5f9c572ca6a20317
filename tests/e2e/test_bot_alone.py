"""A shop without a userbot: the bot admits and removes customers in an existing channel and an existing group."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo import Demo, Person, eventually, running_demo
from tests.support.fork_clients import ForkClient

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

STRANGERS = 3


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, fork_client: ForkClient) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("alone"), "--bot-alone", fork_client=fork_client) as running:
        yield running


def inside(demo: Demo, name: str) -> set[int]:
    members = demo.get(f"/channels/{demo.facts['chats'][name]}")["members"]
    return {member["id"] for member in members if not member["is_bot"]}


def command(demo: Demo, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "umbral", "--env-file", demo.facts["env_file"], *words],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )


def test_shop_without_a_userbot_runs_no_userbot_process(alone: Demo) -> None:
    assert "userbot" not in alone.facts["pids"]
    assert "TELEGRAM_API" not in Path(alone.facts["env_file"]).read_text()
    assert {call["protocol"] for call in alone.get("/calls")["calls"]} & {"mtproto"} == set()
    doctor = command(alone, "doctor", "--json")
    said = json.loads(doctor.stdout)
    assert (doctor.returncode, said["problems"]) == (0, []), said
    assert not any("account" in line or "userbot" in line for line in said["remarks"]), said


def test_purchase_admits_the_buyer_and_refund_removes_the_buyer(alone: Demo) -> None:
    owner = {alone.facts["admin_id"]}
    assert inside(alone, "canal") == inside(alone, "grupo") == owner
    ana = alone.person("Ana")
    alone.pay(checkout(ana, "Completo"))
    links = join_links(ana)
    assert [text for text, _ in links] == ["🔗 Unirte a Retador Avisos", "🔗 Unirte a Retador Tertulia"]
    for number in range(STRANGERS):
        stranger = alone.person(f"Ladrón {number}")
        for _, url in links:
            assert stranger.open(url)["result"] == "requested"
    for _, url in links:
        assert ana.open(url)["result"] == "requested"
    for name in ("canal", "grupo"):
        eventually(lambda name=name: ana.id in inside(alone, name), f"she is in the {name}; chat: {ana.tail()}")
        eventually(
            lambda name=name: alone.get(f"/channels/{alone.facts['chats'][name]}")["requests"] == [],
            "every request is answered",
        )
        assert inside(alone, name) == {*owner, ana.id}
    eventually(
        lambda: alone.sql("SELECT count(*) FROM accesses WHERE status = 'active'") == 2, "both are on record as inside"
    )

    (payment,) = alone.get("/payments")["payments"]
    alone.post(f"/payments/{payment['provider']}/{payment['id']}/refund")
    for name in ("canal", "grupo"):
        eventually(lambda name=name: inside(alone, name) == owner, f"nobody but the owner is in the {name}")
        eventually(
            lambda name=name: alone.get(f"/channels/{alone.facts['chats'][name]}")["banned"] == [],
            "the way back stays open",
        )
    assert alone.sql("SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE 'userbot.%'") == 0
    assert alone.sql("SELECT count(*) FROM alarms WHERE closed_at IS NULL AND kind <> 'refunded'") == 0


def checkout(person: Person, plan: str) -> str:
    """Go from /start to the hosted checkout and return its URL."""
    person.send("/start")
    person.press(person.received("", button=plan), plan)
    card = person.received(f"Plan {plan}", button="Suscribirse")
    person.press(card, "Suscribirse")
    return person.checkout_url(after=card["seq"])


def join_links(person: Person) -> list[tuple[str, str]]:
    """Return the invite buttons of the message after the payment, with their URLs."""
    message = person.received("", button="Unirte a Retador Avisos")
    buttons = [button for row in message["buttons"] for button in row if button["text"].startswith("🔗 Unirte a")]
    return [(button["text"], button["url"]) for button in buttons]
