"""A purchase from /start to the channel through the control interface. No other person gets access."""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.demo import Demo, Person, eventually, find

pytestmark = pytest.mark.e2e

STARTED_ANEW = True

BUYER = Path(__file__).parents[2] / "deploy" / "sandbox" / "buy.py"

SUBSCRIPTION_BOT = {"can_post_messages", "can_invite_users", "can_restrict_members"}
SENDER_BOT = {"can_post_messages", "can_edit_messages", "can_delete_messages"}
IMPLIED = {"can_manage_chat", "is_anonymous"}


def accounts(demo: Demo) -> set[int]:
    return {int(person["id"]) for person in demo.get("/state")["people"] if person.get("phone")}


def assert_only_the_payer_is_inside(demo: Demo, channel_id: int, person: Person, username: str, plan: str) -> None:
    channel = demo.get(f"/channels/{channel_id}")
    assert channel["owner"] in accounts(demo)
    assert channel["protected"] is True
    assert channel["title"] == f"Retador - {plan} - {username}"
    bots = {admin["id"]: set(admin["rights"]) - IMPLIED for admin in channel["admins"] if admin["is_bot"]}
    assert sorted(map(sorted, bots.values())) == sorted(map(sorted, [SUBSCRIPTION_BOT, SENDER_BOT, SENDER_BOT]))
    assert {member["id"] for member in channel["members"]} == {channel["owner"], person.id, *bots}
    eventually(lambda: not live_links(demo, channel_id), "no live link but the owner's primary one is left")


def live_links(demo: Demo, channel_id: int) -> list[dict[str, object]]:
    links = demo.get(f"/channels/{channel_id}")["links"]
    return [link for link in links if not link["revoked"] and not link["primary"]]


def test_purchase_leads_from_start_into_the_channel(demo: Demo) -> None:
    ana = demo.person("Ana", username="ana_retabet")
    channel = ana.buy("Retabet")
    assert_only_the_payer_is_inside(demo, channel["id"], ana, "@ana_retabet", "Retabet")
    mine = [item for item in demo.channels() if "@ana_retabet" in item["title"]]
    assert len(mine) == 1
    seq = ana.messages()[-1]["seq"]
    ana.send("/estado")
    assert ana.received("Retabet", button="Gestionar", after=seq)
    assert_every_step_is_logged_under_one_trace(demo, ana)


def assert_every_step_is_logged_under_one_trace(demo: Demo, person: Person) -> None:
    """Assert that every step from the button to the channel is logged under the trace that `umbral why` shows."""
    cause = demo.sql(
        "SELECT cause FROM orders JOIN customers ON customers.id = customer_id"
        f" WHERE status = 'paid' AND telegram_id = {person.id}"
    )
    trace = cause.split("-")[1]
    logs = demo.folder / "data" / "log"
    for name, steps in STEPS.items():
        for step in steps:
            # A job is logged after its effect, so the customer may see the effect first.
            is_logged = partial(_contains, logs / f"{name}.log", trace, step)
            eventually(is_logged, f"{name} tells of {step!r} under {trace}")


def _contains(log: Path, trace: str, step: str) -> bool:
    return any(trace in line and step in line for line in log.read_text().splitlines())


STEPS = {
    "bot": ["checkout open", "update", "bot.announce", "inside"],
    "web": ["webhook"],
    "worker": ["core.apply_payment_event"],
    "userbot": ["job done"],
}


def test_buyer_script_of_the_container_check_buys_and_joins_the_channel(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "sandbox.ready").write_text(json.dumps({"sandbox": demo.facts["sandbox"]}))
    (tmp_path / "participants.json").write_text(json.dumps({"bots": [{"username": demo.facts["bot_username"]}]}))

    bought = subprocess.run([sys.executable, str(BUYER), str(tmp_path)], capture_output=True, text=True, check=False)

    assert bought.returncode == 0, bought.stderr
    assert "is inside" in bought.stdout


def test_plans_are_listed_with_names_and_prices(demo: Demo) -> None:
    eva = demo.person("Eva")
    eva.send("/planes")
    shown = eva.received("Elige una casa de apuestas")
    for plan in ("Retabet", "Sportium", "Bet365"):
        button = find(shown, plan)
        assert button is not None
        assert "29,99\xa0€" in button["text"]


def test_bot_edits_a_single_message_from_the_menu_to_the_payment(demo: Demo) -> None:
    leo = demo.person("Leo")
    leo.checkout("Sportium")
    from_bot = [message for message in leo.messages() if message["from"]["is_bot"]]
    assert len(from_bot) == 1


def test_stranger_is_declined_before_and_after_the_customer_joins(demo: Demo) -> None:
    payer, stranger = demo.person("Pía"), demo.person("Extraño")
    demo.pay(payer.checkout("Sportium"))
    url = payer.invited("Sportium")
    assert stranger.open(url)["result"] == "requested"
    eventually(lambda: not _requests(demo, url) or None, "the stranger is answered")
    assert demo.channel_of(stranger) is None
    channel = payer.join(url)
    eventually(lambda: not live_links(demo, channel["id"]) or None, "the link is revoked")
    assert stranger.open(url)["result"] == "refused"
    assert demo.channel_of(stranger) is None


def _requests(demo: Demo, url: str) -> list[int]:
    for channel in demo.channels():
        if any(link["url"] == url for link in channel["links"]):
            waiting: list[int] = channel["requests"]
            return waiting
    return []


def test_post_arrives_once_and_can_be_edited_and_withdrawn(demo: Demo) -> None:
    rut = demo.person("Rut")
    channel = rut.buy("Bet365")
    body = {"plan": "bet365", "text": "Real Madrid – Betis: más de 2,5 goles <3 & punto"}
    first, again = demo.pick("pick-1", body), demo.pick("pick-1", body)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    eventually(lambda: _posts(rut, channel, "Real Madrid") or None, "the pick is in the channel")
    assert demo.pick("pick-1", {**body, "text": "otra cosa"}).status_code == 409
    assert demo.pick("pick-1", {**body, "text": "Real Madrid – Betis: gana el Betis"}, "PUT").status_code == 200
    eventually(lambda: _posts(rut, channel, "gana el Betis") or None, "the pick is edited")
    assert len(_posts(rut, channel, "Real Madrid")) == 1
    assert demo.pick("pick-1", body).json() == first.json()
    assert demo.pick("pick-1", {}, "DELETE").status_code == 200
    eventually(lambda: not _posts(rut, channel, "Real Madrid") or None, "the pick is gone")


def _posts(person: Person, channel: dict[str, object], text: str) -> list[dict[str, object]]:
    return [post for post in person.messages(str(channel["id"])) if text in post["text"]]


def test_five_concurrent_purchases_give_one_channel_each(demo: Demo) -> None:
    people = [demo.person(f"Cliente {number}", username=f"cliente_{number}") for number in range(5)]
    with ThreadPoolExecutor(len(people)) as pool:
        channels = list(pool.map(lambda person: person.buy("Retabet"), people))
    assert len({channel["id"] for channel in channels}) == len(people)
    for number, (person, channel) in enumerate(zip(people, channels, strict=True)):
        assert_only_the_payer_is_inside(demo, channel["id"], person, f"@cliente_{number}", "Retabet")
        assert sum(f"@cliente_{number}" in item["title"] for item in demo.channels()) == 1


def cancelled(demo: Demo) -> set[str]:
    """Return the subscriptions that their providers will end at the end of the period."""
    found = demo.get("/subscriptions")["subscriptions"]
    return {item["id"] for item in found if item["cancel_at_period_end"]}


def test_cancellation_at_period_end_can_be_undone(demo: Demo) -> None:
    sol = demo.person("Sol")
    sol.buy("Retabet")
    others = cancelled(demo)
    sol.send("/cancelar")
    stale = sol.received("", button="ancelar")
    sol.send("/cancelar")
    card = sol.received("", button="ancelar", after=stale["seq"])
    seq = card["seq"]
    button = next(b for row in card["buttons"] for b in row if b.get("data") == "confirm_cancel")
    sol.press(card, button["text"])
    done = sol.received("", button="Deshacer", after=seq)
    (now,) = [each for each in sol.messages() if each["id"] == stale["id"]]
    assert not now["buttons"]  # The buttons are removed before the confirmation is sent.
    assert len(cancelled(demo) - others) == 1
    assert demo.channel_of(sol) is not None
    sol.press(done, "Deshacer")
    eventually(lambda: cancelled(demo) == others or None, "the cancellation is undone")


@pytest.mark.parametrize(("name", "most_mb"), [("bot", 340), ("userbot", 200), ("worker", 200), ("web", 200)])
def test_process_memory_stays_below_its_limit(demo: Demo, name: str, most_mb: int) -> None:
    """In this test each process also loads packages installed for development only; in an image a process is ten MB
    smaller.

    The target is 200 MB; the measured sizes are in docs/performance.md. A busy bot keeps prepared statements on each
    connection, and their compiled form, which adds at most 30 MB to its size at the start.

    aiogram builds all types of the Bot API when it is loaded, and Umbral uses aiogram as published (ADR 21).
    """
    resident = psutil.Process(demo.facts["pids"][name]).memory_info().rss
    assert resident < most_mb * 1024 * 1024, f"{resident // 1024 // 1024} MB"


class Taps:
    """A customer's path to a payment, which counts each message, opened link and pressed button."""

    def __init__(self, person: Person) -> None:
        self.person, self.taps = person, 0

    def send(self, text: str, button: str) -> dict[str, Any]:
        """Send a message to the bot and return the answer with this button."""
        seq = self._begin()
        self.person.send(text)
        return self.person.received("", button=button, after=seq)

    def open(self, payload: str, button: str) -> dict[str, Any]:
        """Open a deep link of the bot and return the answer with this button."""
        seq = self._begin()
        self.person.open(f"https://t.me/{self.person.bot}?start={payload}")
        return self.person.received("", button=button, after=seq)

    def press(self, message: Mapping[str, Any], button: str, then: str) -> dict[str, Any]:
        """Press a button and return the next message that has the button `then`."""
        self.taps += 1
        self.person.press(message, button)
        return self.person.received("", button=then, after=message["seq"])

    def pay(self, message: Mapping[str, Any]) -> int:
        """Open the payment page, pay, and return the number of taps in total."""
        self.person.demo.pay(str(self.person.press(message, "Ir a pago seguro")["value"]))
        return self.taps + 2

    def _begin(self) -> int:
        self.taps += 1
        return max((int(message["seq"]) for message in self.person.messages()), default=0)


def test_first_purchase_takes_five_taps_and_purchase_by_link_or_on_return_takes_four(demo: Demo) -> None:
    new = Taps(demo.person("Nueva"))
    card = new.press(new.send("/start", "Retabet"), "🎰 Retabet", "Suscribirse")
    assert [each["text"].split(" · ")[0] for row in card["buttons"] for each in row] == [
        "💳 Suscribirse",
        "🅿️ PayPal",
        "₿ Cripto",
        "⭐ Stars",
        "🎁 Regalar",
        "⬅️ Volver",
    ]
    pay_screen = new.press(card, "Suscribirse", "Ir a pago seguro")
    assert find(pay_screen, "Pagar de otra forma"), "the method can still be changed"
    assert new.pay(pay_screen) == 5
    new.person.join(new.person.invited())

    by_link = Taps(demo.person("Enlace"))
    card = by_link.open("plan_retabet", "Suscribirse")
    assert by_link.pay(by_link.press(card, "Suscribirse", "Ir a pago seguro")) == 4
    by_link.person.invited()

    back = Taps(new.person)
    card = back.press(back.send("/planes", "Sportium"), "⚽ Sportium", "Ir a pago seguro")
    assert str(card["buttons"][0][0].get("data")) == "subscribe_sportium"
    assert back.pay(card) == 4
    new.person.invited("Sportium")


def test_manage_buttons_are_one_tap_below_the_status_card(demo: Demo) -> None:
    ana = demo.person("Ana")
    ana.buy("Bet365")
    seq = int(ana.messages()[-1]["seq"])
    ana.send("/estado")
    card = ana.received("Tu suscripción", button="Gestionar", after=seq)
    first = [each.get("data") for row in card["buttons"] for each in row]
    assert first == [None, "manage", "help", "withdraw"]
    ana.press(card, "Gestionar")
    below = ana.received("Gestionar", button="Cancelar la suscripción", after=card["seq"])
    data = [each.get("data") for row in below["buttons"] for each in row]
    assert {"change_bet365", "pause_bet365", "mend_card_bet365", "cancel_bet365", "plan_list", "why"} <= {*data}
    assert {"receipts", "app_page"} <= {*data}
    assert data[-1] == "status"
    ana.press(below, "Volver")
    card = ana.received("Tu suscripción", button="Gestionar", after=below["seq"])
    ana.send("/cancelar")
    ana.press(ana.received("Mantendrás el acceso", button="Sí, cancelar", after=card["seq"]), "Sí, cancelar")
    ana.received("está cancelada", after=card["seq"])
    ana.send("/estado")
    card = ana.received("Cancelada, sin más cobros", button="Gestionar", after=card["seq"])
    assert [each.get("data") for row in card["buttons"] for each in row][1:] == [
        "undo_cancel",
        "manage",
        "help",
        "withdraw",
    ]
