"""`make live` against the simulators, through the same addresses: agreement, planted differences, and refusals."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from scripts.live import hands, keys, known, report
from scripts.live.__main__ import REFUSED, main
from scripts.live.checks import CHECKS, Check, Context, Facts, request
from scripts.live.running import Outcome, play, stand_in_settings
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from subscriptions.infrastructure.payments.stripe.wire import Wire
from umbral_sandbox.differences import DIFFERENCES
from umbral_sandbox.listener import Listener, bound_socket
from umbral_sandbox.server import running_sandbox

ROOT = Path(__file__).parents[2]
HOP = {"content-length", "transfer-encoding", "connection", "host", "content-encoding", "accept-encoding"}
Change = Callable[[Any], Any]


class Refusal(Exception):
    """Error that the service returns instead of its response."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True)
class Plant:
    """Planted difference. calls: method and path of the changed responses. change: function that changes the response,
    or a Refusal.
    """

    check: str
    fact: str
    calls: str
    change: Change

    @property
    def label(self) -> str:
        return f"{self.check}: {self.fact}"


def put(**changes: Any) -> Change:
    return lambda answer: answer | changes


def result(**changes: Any) -> Change:
    return lambda answer: answer | {"result": answer["result"] | changes} if answer.get("ok", True) else answer


def refuse(status: int, body: object) -> Change:
    def change(_: Any) -> Any:
        raise Refusal(status, body)

    return change


def renumbered(*path: str) -> Change:
    """Return a change that gives each response its own id."""
    number = count()

    def change(answer: Any) -> Any:
        holder = answer
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = f"{holder[path[-1]][:-1]}{next(number)}"
        return answer

    return change


def less_fees(answer: Any) -> Any:
    for part in ("available", "pending"):
        for each in answer[part]:
            each["amount"] = int(each["amount"] * 0.97)
    return answer


def dearer(answer: Any) -> Any:
    for item in answer["items"]["data"]:
        item["price"]["unit_amount"] += 100
        item["price"]["unit_amount_decimal"] = str(item["price"]["unit_amount"])
    return answer


def smaller(answer: Any) -> Any:
    answer["result"]["photo"][-1] |= {"width": 160, "height": 160}
    return answer


def telegrams(status: int, text: str) -> Change:
    return refuse(status, {"ok": False, "error_code": status, "description": text})


def reworded(text: str) -> Change:
    def change(answer: Any) -> Any:
        if answer["ok"]:
            return answer
        raise Refusal(400, answer | {"description": text})

    return change


SUBSCRIPTION = r"GET /stripe/v1/subscriptions/\w+(\?.*)?$"
PLANTS = [
    # Differences that are in the simulators' own list and that a run sees.
    Plant("telegram picture", "a picture by its address is", r"/sendPhoto$", smaller),
    Plant(
        "telegram test servers Mini App",
        "a Mini App by http is",
        r"/setChatMenuButton$",
        telegrams(400, "Bad Request: BUTTON_URL_INVALID"),
    ),
    Plant("stripe balance", "the balance grows by", r"/v1/balance$", less_fees),
    Plant("stripe search", "a search finds a customer at once", r"/v1/customers/search", put(data=[])),
    # Unknown differences.
    Plant(
        "stripe checkout",
        "the same key gives the same checkout",
        r"POST /stripe/v1/checkout/sessions$",
        renumbered("id"),
    ),
    Plant(
        "stripe unknown parameter",
        "an unknown parameter is refused as",
        r"POST /stripe/v1/customers$",
        put(error={"type": "invalid_request_error", "code": "another", "message": "no"}),
    ),
    Plant("stripe first payment", "it costs", SUBSCRIPTION, dearer),
    Plant("stripe first payment", "it renews", SUBSCRIPTION, put(cancel_at_period_end=True)),
    Plant("stripe first payment", "its order is named", SUBSCRIPTION, put(metadata={})),
    Plant("stripe end", "it says so", SUBSCRIPTION, put(cancel_at_period_end=False, cancel_at=None)),
    Plant(
        "paypal checkout",
        "the same key gives the same checkout",
        r"POST /paypal/v1/billing/subscriptions$",
        renumbered("id"),
    ),
    Plant(
        "paypal first payment",
        "its order is named",
        r"GET /paypal/v1/billing/subscriptions/[\w-]+(\?.*)?$",
        put(custom_id=""),
    ),
    Plant(
        "cryptomus invoice",
        "the same key gives the same checkout",
        r"POST /cryptomus/v1/payment$",
        renumbered("result", "uuid"),
    ),
    Plant("telegram private channel", "a link is revoked", r"/revokeChatInviteLink$", result(is_revoked=False)),
    Plant("telegram private channel", "it is a private channel", r"/getChat$", result(username="public_name")),
    Plant(
        "telegram private channel",
        "the bot is",
        r"/getChatMember$",
        result(custom_title="x", status="creator", is_anonymous=False),
    ),
    Plant("telegram posts", "the same text again is", r"/editMessageText$", reworded("Bad Request: otherwise")),
    Plant("telegram posts", "deleting it again is", r"/deleteMessage$", reworded("Bad Request: otherwise")),
    Plant("telegram test servers bot", "it has a username", r"/getMe$", result(username=None)),
    Plant(
        "telegram test servers Stars",
        "an unknown refund is refused as",
        r"/refundStarPayment$",
        reworded("Bad Request: otherwise"),
    ),
]


@dataclass
class Between:
    """Proxy in front of the simulators that alters the responses to the calls that a `Plant` selects."""

    upstream: str
    plant: Plant | None = None
    url: str = ""
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(trust_env=False, timeout=30))

    async def handle(self, request: Request) -> Response:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = {name: value for name, value in request.headers.items() if name not in HOP}
        answer = await self.http.request(
            request.method, self.upstream + target, content=await request.body(), headers=headers
        )
        status, body = answer.status_code, answer.content
        if self.plant is not None and re.search(self.plant.calls, f"{request.method} {target}"):
            try:
                body = json.dumps(self.plant.change(json.loads(body))).encode()
            except Refusal as refusal:
                status, body = refusal.status, json.dumps(refusal.body).encode()
        kept = {name: value for name, value in answer.headers.items() if name not in HOP}
        return Response(body, status, kept)


@asynccontextmanager
async def service(plant: Plant | None = None) -> AsyncIterator[dict[str, str]]:
    """Yield the settings of a service with at most one planted difference."""
    async with running_sandbox(seed=1) as sandbox:
        listening = bound_socket("127.0.0.1", 0)
        between = Between(sandbox.url, plant, f"http://127.0.0.1:{listening.getsockname()[1]}")
        app = FastAPI(openapi_url=None)
        app.add_api_route("/{path:path}", between.handle, methods=["GET", "POST", "PATCH", "DELETE", "PUT"])
        listener = Listener(app, listening)
        await listener.start()
        try:
            settings = await stand_in_settings(sandbox.url)
            yield {
                name: value.replace(sandbox.url, between.url) if name != keys.CONTROL else value
                for name, value in settings.items()
            }
        finally:
            await listener.stop()
            await between.http.aclose()


def named(name: str) -> Check:
    (check,) = [each for each in CHECKS if f"{each.service} {each.name}" == name]
    return check


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.label)
async def test_planted_difference_between_service_and_simulator_is_reported_once(plant: Plant) -> None:
    async with service(plant) as settings:
        run = await play(settings, [named(plant.check)])

    (outcome,) = run.results
    is_known = plant.fact in {*known.SEEN.values(), *known.ALSO_SEEN}
    assert outcome.outcome is (Outcome.KNOWN if is_known else Outcome.DIFFERS), outcome.why
    assert [each.fact for each in outcome.differences].count(plant.fact) == 1
    page = report.written(run, "here", "0000000")
    assert page.count(f"| {plant.fact} |") == 1
    assert ("| known |" in page) is is_known


def test_every_known_difference_observable_in_a_run_has_a_planted_case() -> None:
    facts = {*known.SEEN.values(), *known.ALSO_SEEN}
    assert facts <= {plant.fact for plant in PLANTS}
    assert facts <= {fact for check in CHECKS for fact in check.shows}


def test_every_documented_difference_is_listed_as_observable_or_as_not_observable() -> None:
    begins = [*known.SEEN, *known.NOT_SEEN]
    assert [[each for each in begins if text.startswith(each)] for text in DIFFERENCES] == [
        [next(each for each in begins if text.startswith(each))] for text in DIFFERENCES
    ]
    assert len(begins) == len(DIFFERENCES)


async def test_changed_value_in_any_response_field_of_a_live_check_is_reported() -> None:
    """The simulators and the service agree on every fact. If the service returns another value for a fact, only that
    fact is reported.
    """
    played: dict[str, Facts] = {}

    def watched(check: Check) -> Check:
        async def watch(context: Context) -> Facts:
            facts = await check.play(context)
            played[f"{check.service} {check.name}"] = facts
            return facts

        return replace(check, play=watch)

    async with service() as settings:
        run = await play(settings, map(watched, CHECKS))
        assert [
            (each.check.name, each.why, each.differences) for each in run.results if each.outcome is not Outcome.SAME
        ] == []
        assert run.is_well
        assert {name: tuple(facts) for name, facts in played.items()} == {
            f"{each.service} {each.name}": each.shows for each in CHECKS
        }
        reported = [(check, fact) for check in CHECKS for fact in check.shows]
        seen = await play(settings, [_otherwise(check, fact, played) for check, fact in reported])
    assert [[each.fact for each in outcome.differences] for outcome in seen.results] == [[fact] for _, fact in reported]


def _otherwise(check: Check, fact: str, played: dict[str, Facts]) -> Check:
    """Return a check that returns its earlier facts again. In its second run, which is the run against the service, one
    fact is different.
    """
    before = played[f"{check.service} {check.name}"]
    turns = iter([before, before | {fact: "otherwise"}])

    async def again(_: Context) -> Facts:
        return next(turns)

    return replace(check, play=again)


async def test_failing_service_is_reported_without_its_keys() -> None:
    plant = Plant("stripe price", "", r"/v1/", refuse(401, {"error": {"message": "No"}}))
    async with service(plant) as settings:
        run = await play(settings, [named("stripe price"), named("telegram posts")])
    broken, well = run.results
    assert (broken.outcome, well.outcome) == (Outcome.BROKEN, Outcome.SAME)
    assert "before the service" in broken.why
    assert settings["STRIPE_SECRET_KEY"] not in report.written(run, "here", "")
    assert not run.is_well


async def test_check_without_keys_is_skipped_with_the_reason() -> None:
    run = await play({}, CHECKS)
    assert {each.outcome for each in run.results} == {Outcome.NOT_RUN}
    assert all(each.why == f"needs {', '.join(each.check.needs)}" for each in run.results)


@dataclass
class Recorder:
    """Simulator that answers requests about test clocks as Stripe's reference describes, and records these requests."""

    asked: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    async def handle(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path} {unquote_plus((await request.body()).decode())}".strip())
        if request.method == "DELETE" and path in self.gone:
            return Response('{"error": {"message": "No such test clock"}}', 404)
        if request.method == "DELETE":
            self.gone.add(path)
        made = {"test_clocks": "clock_1", "customers": "cus_1", "attach": "pm_1", "subscriptions": "sub_1"}
        return Response(json.dumps({"id": made.get(path.rpartition("/")[2], "x"), "object": "x", "status": "ready"}))


async def test_subscription_on_a_test_clock_is_deleted_with_its_clock() -> None:
    recorder, listening = Recorder(), bound_socket("127.0.0.1", 0)
    app = FastAPI(openapi_url=None)
    app.add_api_route("/{path:path}", recorder.handle, methods=["GET", "POST", "DELETE"])
    listener = Listener(app, listening)
    await listener.start()
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    names = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")
    settings = dict(zip(names, ("sk_test_demo0123456789abc", "whsec_demo0123456789abc", base), strict=True))
    wire = Wire(StripeSettings.configured(settings))
    try:
        hand = hands.TestClockHand(None, wire.client)
        context = Context("stripe", SystemClock(), {})
        wanted = request(context, price_ref="price_1")
        assert await hand.subscribe(wanted, disputed=True) == "sub_1"
        await hand.clean()
    finally:
        await wire.aclose()
        await listener.stop()
    assert hand.left == [hands.THE_PLAN]
    calls = [call.split()[:2] for call in recorder.asked]
    assert calls == [
        ["POST", "/v1/test_helpers/test_clocks"],
        ["POST", "/v1/customers"],
        ["POST", "/v1/payment_methods/pm_card_createDispute/attach"],
        ["POST", "/v1/customers/cus_1"],
        ["POST", "/v1/subscriptions"],
        ["DELETE", "/v1/test_helpers/test_clocks/clock_1"],
    ]
    assert "test_clock=clock_1" in recorder.asked[1]
    assert f"metadata[order_id]={wanted.order_id}" in recorder.asked[4]


@pytest.fixture
def contacted() -> Iterator[tuple[str, socket.socket]]:
    """Yield an address and a listening socket that would receive any connection to the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", listening


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("STRIPE_SECRET_KEY=sk_live_51abc", "STRIPE_SECRET_KEY"),
        ("STRIPE_SECRET_KEY=rk_live_51abc", "STRIPE_SECRET_KEY"),
        ("STRIPE_SECRET_KEY=SK_LIVE_51abc", "STRIPE_SECRET_KEY"),
        ("PAYPAL_MODE=live", "PAYPAL_MODE"),
        ("PAYPAL_MODE=Live", "PAYPAL_MODE"),
        ("PAYPAL_API_BASE=https://api-m.paypal.com", "PAYPAL_API_BASE"),
        ("PAYPAL_API_BASE=https://api-m.paypal.com:443/", "PAYPAL_API_BASE"),
        ("PAYPAL_API_BASE=https://api-m.sandbox.paypal.com.example.com", "PAYPAL_API_BASE"),
        ("STRIPE_SECRET=sk_test_1", "STRIPE_SECRET"),
    ],
)
def test_live_keys_are_refused_before_any_request(
    wrong: str,
    named: str,
    tmp_path: Path,
    contacted: tuple[str, socket.socket],
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, listening = contacted
    file, page = tmp_path / "live.env", tmp_path / "live.md"
    file.write_text(f"TELEGRAM_BOT_API_BASE={url}\nLIVE_TEST_BOT_TOKEN=1:a\n{wrong}\n")
    assert main(["--keys", str(file), "--report", str(page)]) == REFUSED
    said = capsys.readouterr().err
    assert "nothing was sent" in said
    assert named in said
    assert "51abc" not in said
    assert not page.exists()
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_missing_keys_file_is_reported_with_the_name_of_the_example(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--keys", str(tmp_path / "live.env")]) == REFUSED
    assert "live.env.example" in capsys.readouterr().err


def test_example_keys_file_has_every_setting_and_the_real_keys_file_is_ignored_by_git() -> None:
    example = (ROOT / "live.env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == set(keys.NAMES)
    assert "live.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_documentation_page_of_live_checks_lists_every_check() -> None:
    page = (ROOT / "docs/live.md").read_text(encoding="utf-8")
    assert page.startswith(report.HEAD)
    assert [each for each in CHECKS if f"| {each.service} | {each.name} | {each.does} |" not in page] == []
