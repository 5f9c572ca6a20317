"""Failure of a feature at any extension point: other features work, and the alarm names the feature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from bot.panel.data import short
from subscriptions.application.staff.subject_type import subject_types
from tests.support.console_visitor import hidden
from tests.support.demo import Demo, Person, eventually, running_demo
from tests.support.failing_feature import FAILS_AT_START, MODULES, MODULES_AT_START, NAME, FailingFeature
from tests.support.features import write_feature

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

POINTS = {
    "events": "events: PaymentReceived",
    "handlers": "job: core.draw_raffle",
    "schedule": "schedule: look_at_raffles",
    "alarms": "alarm: raffle_stuck",
    "sections": "section of the status card",
    "data_buttons": "buttons of /mis_datos",
    "arrive": "start link: raf_",
    "referrer": "start link: raf_",
    "filter": "filter in the chat",
    "handler": "handler in the chat",
    "panel": "panel: raffle.see",
    "cards": "cards: customer",
    "lists": "console: /raffles",
    "file": "console: /raffle",
    "copies": "copies",
    "command": "commands: draw_raffle",
    "export": "file: /raffles.csv",
    "api": "API",
    "chat_job": "job: bot.call_raffle",
    "channels": "channels",
    "look": "look at channels",
    "veto": "vetoes",
    "dispatching": "job: bot.pass_raffle",
    "messages": "message: RaffleMessage",
    "webhook_events": "webhook event: InviteReady",
    "publishers": "webhook events",
    "receipts": "receipts",
    "look_by_account": "look by an account",
}
"""Extension points, each with the name by which the alarm identifies the failed part of the feature."""


class Shop:
    """Demo with the feature, and its owner."""

    def __init__(self, demo: Demo, feature: FailingFeature) -> None:
        self.demo, self.feature = demo, feature
        self.owner = Person(demo, int(demo.facts["admin_id"]))
        self._console: httpx.Client | None = None

    def open(self, path: str) -> int:
        """Open a page of the console and return the HTTP status."""
        if self._console is None:
            seen = max((message["seq"] for message in self.owner.messages()), default=0)
            self.owner.send("/panel")
            entry_text = self.owner.received("/admin/enter", after=seen)["text"]
            link = re.search(r"http://\S+/admin/enter\?key=\S+", entry_text)
            assert link is not None
            host, _, entry = link[0].partition("/admin/")
            self._console = httpx.Client(base_url=host, trust_env=False, follow_redirects=True, timeout=60)
            fields = hidden(self._console.get(f"/admin/{entry}").text)
            self._console.post("/admin/enter", data=fields)
        return self._console.get(f"/admin{path}").status_code

    def carry_out(self, path: str, **answers: str) -> httpx.Response:
        """Fill in and confirm a command's form in the console."""
        self.open("")
        assert self._console is not None
        fields = hidden(self._console.get(f"/admin{path}").text)
        return self._console.post(f"/admin{path}", data={**fields, **answers, "sure": "yes"})

    def close(self) -> None:
        """Close the connection to the console."""
        if self._console is not None:
            self._console.close()

    def id_of(self, person: Person) -> str:
        """Return the id of a person who is a customer."""
        return str(self.demo.sql(f"SELECT id FROM customers WHERE telegram_id = {person.id}"))

    def menu(self) -> dict[str, Any]:
        """Open the panel, and return its message."""
        seen = max((message["seq"] for message in self.owner.messages()), default=0)
        self.owner.send("/admin")
        # Alarms reach the owner in the same chat.
        return self.owner.received("Panel de", after=seen)

    def failures(self, where: str) -> int:
        """Return the number of failures that the processes logged for this part of the feature. Several extension
        points may share one part.
        """
        logs = (self.demo.folder / "data" / "log").glob("*")
        lines = (line for log in logs for line in log.read_text(errors="replace").splitlines())
        return sum("feature failed" in line and where in line for line in lines)

    def named(self, where: str) -> bool:
        """Return True if an alarm names the feature and this part of the feature."""
        query = f"SELECT count(*) FROM alarms WHERE kind = 'feature_failed' AND facts ->> 'where' = '{where}'"
        return bool(self.demo.sql(f"{query} AND facts ->> 'feature' = '{NAME}'"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    site = tmp_path_factory.mktemp("site")
    feature = FailingFeature(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(site))
        with running_demo(tmp_path_factory.mktemp("demo")) as demo:
            found = Shop(demo, feature)
            yield found
            found.close()


def provoke(shop: Shop, point: str, ana: Person) -> None:
    """Trigger an extension point that a sale or a visit of the console does not trigger."""
    if point in {"arrive", "referrer"}:
        ana.send("/start raf_1")
    elif point == "filter":
        ana.send("hola")
    elif point == "handler":
        ana.send("/rifa")
    elif point == "data_buttons":
        ana.send("/mis_datos")
        ana.received("datos")
    elif point == "panel":
        press = {"peer": ana.bot, "message_id": shop.menu()["id"], "data": "a:p.raf"}
        shop.demo.post(f"/users/{shop.owner.id}/press", press)
    elif point == "alarms":
        shop.demo.sql(
            "INSERT INTO alarms (id, key, kind, facts, raised_at)"
            " VALUES (gen_random_uuid(), 'raffle:1', 'raffle_stuck', '{}', now()) RETURNING 1"
        )
        shop.open("/alarms")
    elif point == "lists":
        assert shop.open("/raffles") == 500
    elif point == "file":
        assert shop.open("/raffle") == 500
    elif point == "copies":
        assert shop.demo.pick("raffle-1", {"plan": "retabet", "text": "Gana el Betis"}).status_code == 202
    else:
        provoke_by_staff(shop, point, ana)


def provoke_by_staff(shop: Shop, point: str, ana: Person) -> None:
    """Trigger an extension point that staff and programs use."""
    if point == "command":
        assert shop.carry_out(f"/do/draw_raffle/{shop.id_of(ana)}").status_code == 500
    elif point == "export":
        with pytest.raises(httpx.HTTPError):
            shop.open("/raffles.csv")
    elif point == "api":
        headers = {"Authorization": f"Bearer {shop.demo.facts['picks_api_key']}"}
        raffles = httpx.get(f"{shop.demo.facts['web']}/api/v1/raffles", headers=headers, trust_env=False)
        assert raffles.status_code == 500
    elif point == "veto":
        berta = shop.demo.person("Berta")
        berta.send("/start")
        berta.received("")
        refused = shop.carry_out(f"/do/move_account/{shop.id_of(ana)}", account=str(berta.id), reason="lost phone")
        assert refused.status_code == 422
        assert not shop.demo.sql("SELECT count(*) FROM takeovers")


@pytest.mark.exhaustive
@pytest.mark.parametrize("point", POINTS)
def test_feature_that_fails_at_any_extension_point_does_not_affect_other_features(point: str, shop: Shop) -> None:
    shop.feature.fail_at(point)
    try:
        ana = shop.demo.person("Ana")
        ana.buy()
        provoke(shop, point, ana)
        seen = max(message["seq"] for message in ana.messages())
        ana.send("/estado")
        assert "Retabet" in ana.received("Retabet", after=seen)["text"]
        assert shop.open("") == 200
        assert shop.open(f"/customers/{shop.id_of(ana)}") == 200
        if point == "copies":
            room = shop.demo.channel_of(ana)
            assert room is not None
            eventually(
                lambda: any("Betis" in each["text"] for each in ana.messages(room["id"])),
                "the tip is posted all the same",
            )
        eventually(lambda: shop.named(POINTS[point]), f"an alarm names {POINTS[point]}")
    finally:
        shop.feature.fail_at("")


IN_CHAT = {
    "plan_buttons": ("/start plan_retabet", "Retabet", "buttons of a plan"),
    "typed_codes": ("ABCD-EFGH-JKLM-NPQ2", "", "typed codes"),
    "receipt_rows": ("/recibos", "", "rows below receipts"),
    "section_text": ("/estado", "Retabet", "section of the status card"),
    "section_length": ("/estado", "Retabet", "section of the status card"),
    "plan_lines": ("/start plan_retabet", "Retabet", "lines of a plan"),
    "late_commands": ("/estado", "Retabet", "command: rifas"),
    "customer_messages": ("¿cuándo es la rifa?", "", "messages of customers"),
    "replies": ("/sorteo", None, "handler in the chat"),
}
"""Extension points of the chat: the message that triggers the point, a text of the answer (None without one), and the
name of the failed part in the alarm.
"""


@contextmanager
def failing_at(shop: Shop, point: str, where: str) -> Iterator[None]:
    """Make the feature fail at an extension point during the block, and wait until the failure is logged and an alarm
    names the failed part.
    """
    before = shop.failures(where)
    shop.feature.fail_at(point)
    try:
        yield
        eventually(lambda: shop.failures(where) > before, f"a failure of {where} is logged")
        eventually(lambda: shop.named(where), f"an alarm names {where}")
    finally:
        shop.feature.fail_at("")


@pytest.fixture(scope="module")
def buyer(shop: Shop) -> Person:
    """Create a customer with a subscription."""
    ana = shop.demo.person("Ana")
    ana.buy()
    return ana


@pytest.mark.exhaustive
@pytest.mark.parametrize("point", IN_CHAT)
def test_feature_that_fails_in_the_chat_does_not_prevent_the_bots_answer(point: str, shop: Shop, buyer: Person) -> None:
    said, answered, where = IN_CHAT[point]
    # Lines of a plan are for people who may still buy it.
    person = shop.demo.person("Nuria") if point == "plan_lines" else buyer
    seen = max((message["seq"] for message in person.messages()), default=0)
    with failing_at(shop, point, where):
        person.send(said)
        if answered is None:
            person.send("/estado")
            answered = "Retabet"
        assert answered in person.received(answered, after=seen)["text"]


IN_PANEL = {
    "home_buttons": ("/admin", "buttons of the panel"),
    "before_console": ("/panel", "before the console"),
    "panel_plan_buttons": ("a:plan:{plan}", "buttons of a plan in the panel"),
    "legend": ("a:rafs", "panel: raffle.see"),
    "card_screen": ("a:tk.see_ticket:{ticket}", "panel: raffle.see"),
    "subjects": ("a:tk.see_ticket:{ticket}", "panel: raffle.see"),
    "panel_result": ("a:{customers}.draw_raffle:{buyer}", "result: Drawn"),
    "form": ("a:p.rafq", "panel: raffle.see"),
    "staff_fits": ("rifa", "messages of staff"),
    "staff_take": ("rifa", "messages of staff"),
}
"""Extension points of the panel: the message or button that triggers the point, and the name of the failed part in the
alarm.
"""
ANSWERED = {
    "home_buttons": "",
    "before_console": "/admin/enter",
    "panel_plan_buttons": "Retabet",
    "staff_fits": "",
}
"""Extension points whose failure leaves the rest of the answer intact, each with a text that the answer must still
contain.
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("point", IN_PANEL)
def test_failing_panel_page_does_not_affect_other_pages(point: str, shop: Shop, buyer: Person) -> None:
    said, where = IN_PANEL[point]
    owner, ids = shop.owner, {"buyer": shop.id_of(buyer), "plan": shop.demo.sql("SELECT id FROM service_plans LIMIT 1")}
    short_ids = {name: short(UUID(str(each))) for name, each in ids.items()} | {"ticket": short(uuid4())}
    menu = shop.menu()
    with failing_at(shop, point, where):
        if said.startswith("a:"):
            data = said.format(customers=subject_types()["customer"].button, **short_ids)
            shop.demo.post(f"/users/{owner.id}/press", {"peer": owner.bot, "message_id": menu["id"], "data": data})
        else:
            owner.send(said)
        if point == "form":
            owner.received("¿Qué boleto?")
            owner.send("7")
        if point in ANSWERED:
            assert owner.received(ANSWERED[point], after=menu["seq"])
    assert shop.menu()["buttons"]


IN_WEB = {
    "page": ("/admin/rafpage", 500, "console: /rafpage"),
    "beside": ("/admin/do/draw_raffle/{buyer}", 200, "form: customer"),
    "beside_template": ("/admin/do/draw_raffle/{buyer}", 200, "form: draw_raffle"),
    "today": ("/admin", 200, "figures of the page Today"),
    "today_figure": ("/admin", 200, "figures of the page Today"),
    "plan_notes": ("/admin/plans", 200, "notes on plans"),
    "note_line": ("/admin/plans", 200, "notes on plans"),
    "public": ("/rifa", 500, "page"),
    "site": ("/rifas", 500, "pages"),
    "standalone_api": ("/api/raffles", 500, "API"),
}
"""Extension points of the web: the path that triggers the point, the status of the response, and the name of the failed
part in the alarm.
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("point", IN_WEB)
def test_failing_web_page_does_not_affect_other_pages(point: str, shop: Shop, buyer: Person) -> None:
    path, status, where = IN_WEB[point]
    path = path.format(buyer=shop.id_of(buyer))
    with failing_at(shop, point, where):
        if path.startswith("/admin"):
            assert shop.open(path.removeprefix("/admin")) == status
        else:
            headers = {"Authorization": f"Bearer {shop.demo.facts['picks_api_key']}"}
            assert httpx.get(shop.demo.facts["web"] + path, headers=headers, trust_env=False).status_code == status
        assert httpx.get(shop.demo.facts["web"], trust_env=False, follow_redirects=True).status_code == 200
        assert shop.open("/customers") == 200


def test_failing_result_page_of_a_staff_command_raises_an_alarm_that_names_the_page(shop: Shop, buyer: Person) -> None:
    assert shop.carry_out(f"/do/draw_raffle/{shop.id_of(buyer)}").status_code == 500
    eventually(lambda: shop.named("console: drawn"), "an alarm names the page")


def test_event_that_a_failing_feature_did_not_receive_is_routed_after_the_feature_recovers(shop: Shop) -> None:
    shop.feature.fail_at("events")
    ana = shop.demo.person("Ana")
    drawn = "SELECT count(*) FROM pgqueuer_log WHERE entrypoint = 'core.draw_raffle'"
    try:
        ana.buy()
    finally:
        before = shop.demo.sql(drawn)
        shop.feature.fail_at("")

    eventually(lambda: shop.demo.sql(drawn) > before, "the kept events are routed")


def test_features_that_fail_at_import_or_start_do_not_affect_other_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    broken = dict.fromkeys([*MODULES, "tables", "subjects", "commands", "settings"], "raise ZeroDivisionError\n")
    write_feature(site, NAME, "", broken)
    package = write_feature(site, "lottery")
    (site / package / "feature.py").write_text("raise ZeroDivisionError\n")
    write_feature(site, "bingo", "", MODULES_AT_START)
    monkeypatch.setenv("PYTHONPATH", str(site))

    (tmp_path / "demo").mkdir()
    with running_demo(tmp_path / "demo") as demo:
        demo.person("Ana").buy()
        named = "SELECT count(DISTINCT facts ->> 'feature') FROM alarms WHERE kind = 'feature_failed'"
        eventually(lambda: demo.sql(named) == 3, "alarms name the features")
        parts = "SELECT count(DISTINCT facts ->> 'where') FROM alarms WHERE facts ->> 'feature' = 'bingo'"
        eventually(lambda: demo.sql(parts) == len(FAILS_AT_START), f"alarms name {FAILS_AT_START}")
        kept = "SELECT count(DISTINCT convert_from(payload, 'UTF8')::jsonb ->> 'feature') FROM"
        jobs = "(SELECT payload, entrypoint FROM pgqueuer) AS jobs WHERE entrypoint = 'core.route_event'"
        assert demo.sql(f"{kept} {jobs}") == 3
