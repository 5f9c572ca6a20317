"""Setup page: from a one-time code to a shop with a plan on sale. One question at a time is answered and checked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from subscriptions.bootstrap.new_settings import setting_names
from subscriptions.bootstrap.sealed_settings import adopt
from subscriptions.bootstrap.setup_questions import QUESTIONS
from subscriptions.bootstrap.words import LANGUAGES, Words
from tests.support.chat_owner import Owner
from tests.support.installation import Installation
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.postgres import as_process
from tests.support.sealed import key_file, open_setup
from umbral.demo.loopback import free_port
from umbral_sandbox.server import running_sandbox
from web.setup.serving import serve_setup

PATIENCE_S = 90
TOKEN = re.compile(r'name="token" value="(\w+)"')
WRONG = "AAAA-AAAA-AAAA"


@dataclass
class Browser:
    """Browser on the setup page, and the log of the process. page: the current page."""

    installation: Installation
    environ: dict[str, str]
    http: httpx.AsyncClient
    logs: list[Any]
    page: str = ""

    async def code(self, after: str = "") -> str:
        """Return the newest code in the log that differs from `after`."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                codes = [str(each["code"]) for each in self.logs if "code" in each]
                if codes and codes[-1] != after:
                    return codes[-1]
                await asyncio.sleep(0.05)

    async def look(self) -> httpx.Response:
        """Load the current page of the setup, and return the response."""
        answer = await self.http.get("/setup")
        self.page = answer.text
        return answer

    async def enter(self, code: str, address: str = "") -> httpx.Response:
        """Submit the one-time code, from an address if it is given, and return the response."""
        headers = {"X-Forwarded-For": address} if address else {}
        return await self.http.post("/setup/code", data={"code": code}, headers=headers)

    async def answer(self, topic: str, answer: str = "", **fields: str) -> httpx.Response:
        """Answer the current question and show the next one. An empty answer presses the button."""
        token = TOKEN.search(self.page)
        assert token is not None, self.page
        form = {"token": token[1], "topic": topic, "answer": answer, **fields}
        response = await self.http.post("/setup/answer", data=form)
        if response.status_code == 303:
            await self.look()
        elif response.status_code in {200, 422}:
            self.page = response.text
        return response


@pytest.fixture
async def browser(new_database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """Open a browser at the setup of an installation. Parameter: prefix of settings that the environment leaves out."""
    left_out = getattr(request, "param", "NOTHING")
    async with running_sandbox() as sandbox:
        installation = Installation(sandbox, new_database_url)
        await installation.open()
        port = free_port()
        environ = {
            # Compose passes a setting that .env lacks or leaves empty as an empty value.
            **dict.fromkeys(sorted(setting_names()), ""),
            **{name: each for name, each in installation.services.items() if not name.startswith(left_out)},
            "CONSOLE_DATABASE_URL": as_process(new_database_url, "console"),
            "DATABASE_URL": as_process(new_database_url, "web"),
            "OPS_PORT": str(free_port()),
            "SETTINGS_KEY_FILE": key_file(tmp_path),
            "WEB_ADDRESS_REQUESTS": "1000",
            "WEB_BASE_URL": f"http://127.0.0.1:{port}",
            "WEB_PORT": str(port),
        }
        stop = asyncio.Event()
        with capture_logs() as logs:
            task = asyncio.create_task(serve_setup(environ, stop))
            try:
                async with plain_http(
                    base_url=environ["WEB_BASE_URL"], headers={"Accept-Language": "en"}, timeout=PATIENCE_S
                ) as http:
                    made = Browser(installation, environ, http, logs)
                    await made.code()
                    yield made
            finally:
                stop.set()
                await task


def operators_terminal(browser: Browser, url: str, folder: Path) -> Terminal:
    """Return a terminal with the settings that Compose's `operator` has: addresses in files, and all others empty."""
    files = {}
    for process in ("", "WEB_", "WORKER_", "BOT_", "USERBOT_", "CONSOLE_"):
        name = f"{process}DATABASE_URL"
        (folder / name).write_text(as_process(url, process.removesuffix("_").lower()) if process else url)
        files[f"{name}_FILE"] = str(folder / name)
    left_out = {"CONSOLE_DATABASE_URL", "DATABASE_URL"}
    given = {name: value for name, value in browser.environ.items() if name not in left_out}
    return Terminal({**given, **files})


async def require_true_doctor(operator: Terminal) -> None:
    """Check that doctor says nothing about a shop that was just set up that is not so."""
    ran = await operator.run("doctor")
    for untrue in ("is no setting", "does not know 0", "/setup", "does not open", "left out"):
        assert untrue not in ran.out + ran.err, ran.out + ran.err
    assert "settings entered in the browser: " in ran.out
    assert "that the environment overrides" not in ran.out


async def test_setup_with_a_code_and_six_answers_puts_a_plan_on_sale(
    browser: Browser, new_database_url: str, tmp_path: Path
) -> None:
    installation, owner = browser.installation, Owner(browser.installation)
    token, key = installation.tokens[0], installation.stripe["STRIPE_SECRET_KEY"]
    assert (await browser.http.get("/")).headers["location"] == "/setup"
    assert (await browser.http.get("/healthz")).json() == {"status": "ok"}
    assert "BotFather" not in (await browser.look()).text

    assert (await browser.enter(await browser.code())).status_code == 303
    await browser.look()
    assert "Your bot&#39;s token" in browser.page
    assert "BotFather" in browser.page
    assert "Telegram doesn&#39;t recognise this token" in (await browser.answer("bot", "123456:" + "a" * 35)).text
    assert (await browser.answer("bot", token)).status_code == 303
    code = re.search(r"start=(owner-\w+)", browser.page)
    assert code is not None
    assert "No one has sent that code" in (await browser.answer("owner")).text
    await owner.writes(f"/start {code[1]}")
    assert (await browser.answer("owner")).status_code == 303
    assert "You haven&#39;t chosen a channel or group yet" in (await browser.answer("chat")).text
    assert "can&#39;t find" in (await browser.answer("chat", "@nowhere_at_all")).text
    assert await owner.shares(owner.group, "👥 My group") is None
    assert (await browser.answer("chat")).status_code == 303
    assert "publishable key" in (await browser.answer("payments", method="stripe", STRIPE_SECRET_KEY="pk_test_1")).text
    assert (
        await browser.answer("payments", method="stripe", STRIPE_SECRET_KEY="sk_test_demoNobodys")
    ).status_code == 422
    assert (await browser.answer("payments", method="stripe", STRIPE_SECRET_KEY=key)).status_code == 303
    assert '<option value="tips">' in browser.page
    assert "Choose what you sell" in (await browser.answer("plan", "Tertulia 9.90 EUR per month")).text
    assert "Choose what you sell" in (await browser.answer("plan", "Tertulia 9.90 EUR", vertical="boats")).text
    assert "ambiguous price" in (await browser.answer("plan", "Tertulia 1.000 EUR", vertical="courses")).text
    operator = operators_terminal(browser, new_database_url, tmp_path)
    assert f"setup: it is open at {browser.environ['WEB_BASE_URL']}/setup" in (await operator.run("doctor")).out
    done = await browser.answer("plan", "Tertulia 9.90 EUR per month", vertical="courses")
    assert (done.status_code, "Your shop is ready" in done.text) == (200, True), done.text
    assert "https://t.me/tienda_bot" in done.text

    await require_true_doctor(operator)
    for path in ("/setup", "/setup/code", "/setup/answer"):
        method = "GET" if path == "/setup" else "POST"
        assert (await browser.http.request(method, path)).status_code == 404, "for good"
    stored, unreadable = await adopt({**browser.environ, "DATABASE_URL": new_database_url})
    assert unreadable == frozenset()
    assert stored["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"] == token
    assert stored["ADMIN_TELEGRAM_IDS"] == str(owner.id)
    assert stored["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert stored["STRIPE_WEBHOOK_SECRET"] != installation.stripe["STRIPE_WEBHOOK_SECRET"]
    assert (stored["BRAND_NAME"], stored["VERTICAL"], stored["SHOP_LANGUAGE"]) == ("Tienda", "courses", "en")
    assert {"SESSION_KEY", "WEBHOOK_KEY", "PICK_MARK_KEY", "MINI_APP_KEY", "TERMS_VERSION"} <= set(stored)
    assert not stored["BACKUP_KEY"]
    connection = await asyncpg.connect(new_database_url)
    assert await connection.fetchval("SELECT soft_id FROM service_plans") == "tertulia"
    assert await connection.fetchval("SELECT count(*) FROM plan_resources") == 1
    rows = str(await connection.fetch("SELECT sealed FROM sealed_settings"))
    await connection.close()
    for secret in (token, key, stored["SESSION_KEY"], stored["STRIPE_WEBHOOK_SECRET"]):
        assert secret not in rows + str(browser.logs)


UNCLEAR = ("{}\n{}", "{}\r\n{}", "\x1b[2J{}", "{}\u2028{}", "{}" + "x" * 10_000, "x" * 10_000)


async def press_together(browser: Browser, topic: str, answer: str = "", **fields: str) -> list[httpx.Response]:
    """Submit the same answer four times at once, and show the next question."""
    token = TOKEN.search(browser.page)
    assert token is not None, browser.page
    form = {"token": token[1], "topic": topic, "answer": answer, **fields}
    responses = await asyncio.gather(*(browser.http.post("/setup/answer", data=form) for _ in range(4)))
    await browser.look()
    return responses


async def refuse_unclear(browser: Browser, topic: str, answer: str, **fields: str) -> None:
    """Check that no field of a question takes what is too long or has characters that cannot be seen."""
    for pattern in UNCLEAR:
        for field in ("answer", *fields):
            form = {"answer": answer, **fields}
            unclear = pattern.replace("{}", form[field])
            if not unclear.strip():
                continue  # a button
            response = await browser.answer(topic, **{**form, field: unclear})
            assert response.status_code in {413, 422}, (topic, field, pattern, response.status_code)
    await browser.look()


async def test_unclear_answers_and_simultaneous_presses_fail_at_no_question(
    browser: Browser, new_database_url: str
) -> None:
    installation, owner = browser.installation, Owner(browser.installation)
    for code in ("\0", "x" * 10_000, "a\nb", "\u2028"):
        assert (await browser.enter(code)).status_code == 403
    await browser.enter(await browser.code())
    await browser.look()

    async def statuses(topic: str, answer: str = "", **fields: str) -> list[int]:
        await refuse_unclear(browser, topic, answer, **fields)
        return [each.status_code for each in await press_together(browser, topic, answer, **fields)]

    assert await statuses("bot", installation.tokens[0]) == [303] * 4
    start = re.search(r"start=(owner-\w+)", browser.page)
    assert start is not None
    await owner.writes(f"/start {start[1]}")
    assert await statuses("owner") == [303] * 4
    assert await owner.shares(owner.group, "👥 My group") is None
    assert await statuses("chat") == [303] * 4
    key = installation.stripe["STRIPE_SECRET_KEY"]
    assert await statuses("payments", method="stripe", STRIPE_SECRET_KEY=key) == [303] * 4
    await refuse_unclear(browser, "plan", "Tertulia 9.90 EUR per month", vertical="courses")
    last = await press_together(browser, "plan", "Tertulia 9.90 EUR per month", vertical="courses")
    assert {each.status_code for each in last} == {200}, [each.text for each in last]
    assert all("Your shop is ready" in each.text for each in last)
    connection = await asyncpg.connect(new_database_url)
    assert await connection.fetchval("SELECT count(*) FROM service_plans") == 1
    assert await connection.fetchval("SELECT count(*) FROM resources WHERE soft_id NOT IN ('personal', 'vip')") == 1
    await connection.close()


@pytest.mark.parametrize(
    ("stranger", "neighbour", "owner"),
    [("203.0.113.7", "203.0.113.7", "203.0.113.8"), ("2001:db8:0:1::5", "2001:db8:0:1::6", "2001:db8:0:2::5")],
)
async def test_wrong_codes_use_up_the_tries_of_their_address_alone(
    browser: Browser, stranger: str, neighbour: str, owner: str
) -> None:
    code = await browser.code()
    for _ in range(30):
        assert (await browser.enter(WRONG, stranger)).status_code == 403
    assert (await browser.enter(code, neighbour)).status_code == 403, "even the right one"
    refused = [each for each in browser.logs if each["event"] == "a code for the setup page was refused"]
    assert len(refused) == 5
    assert (await browser.enter(code, owner)).status_code == 303


async def test_tries_are_not_counted_if_a_proxy_does_not_provide_the_address(browser: Browser) -> None:
    for _ in range(30):
        assert (await browser.enter(WRONG)).status_code == 403
    assert (await browser.enter(await browser.code())).status_code == 303


async def test_setup_code_is_valid_once_and_for_fifteen_minutes(browser: Browser, new_database_url: str) -> None:
    code = await browser.code()
    assert (await browser.enter(f" {code.lower().replace('-', ' ')} ")).status_code == 303
    assert (await browser.enter(code)).status_code == 403, "it is used up"
    connection = await asyncpg.connect(new_database_url)
    await connection.execute("UPDATE setup SET code_until = now() - interval '1 second'")
    await connection.close()
    fresh = await browser.code(after=code)
    assert (await browser.enter(fresh)).status_code == 303


@pytest.mark.parametrize(
    "forgery",
    [
        {"headers": {"Origin": "https://evil.example"}},
        {"headers": {"Origin": "null"}},
        {"headers": {"Sec-Fetch-Site": "cross-site"}},
        {"token": "0" * 64},
        {"token": ""},
    ],
    ids=str,
)
async def test_forged_form_changes_nothing(browser: Browser, forgery: dict[str, object]) -> None:
    await browser.enter(await browser.code())
    await browser.look()
    token = TOKEN.search(browser.page)
    assert token is not None
    form = {"token": str(forgery.get("token", token[1])), "topic": "bot", "answer": browser.installation.tokens[0]}
    headers = forgery.get("headers")
    assert headers is None or isinstance(headers, dict)
    answer = await browser.http.post("/setup/answer", data=form, headers=headers)
    assert answer.status_code == 403
    async with open_setup(browser.environ["DATABASE_URL"]) as setup:
        assert await setup.sealed() == {}


async def test_stranger_without_the_code_sees_and_changes_nothing(browser: Browser) -> None:
    code = await browser.code()
    await browser.enter(code)
    async with plain_http(base_url=browser.environ["WEB_BASE_URL"], timeout=PATIENCE_S) as stranger:
        page = await stranger.get("/setup")
        assert 'name="topic"' not in page.text
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
        assert (await stranger.post("/setup/answer", data={"topic": "bot", "answer": "x"})).status_code == 403
        stranger.cookies.set("umbral_setup", "guessed")
        assert 'name="topic"' not in (await stranger.get("/setup")).text
        assert (await stranger.post("/setup/code", data={"code": "x" * 20_000})).status_code == 413
        for path in ("/admin", "/webhooks/stripe", "/api/v1/customers"):
            assert (await stranger.get(path)).status_code == 404


async def test_setup_page_is_unavailable_once_an_owner_exists(browser: Browser, new_database_url: str) -> None:
    await browser.enter(await browser.code())
    connection = await asyncpg.connect(new_database_url)
    await connection.execute(
        "INSERT INTO customers (id, telegram_id, first_name, language, created_at, staff_role)"
        " VALUES (gen_random_uuid(), 7, 'Eva', 'es', now(), 'owner')"
    )
    await connection.close()
    assert (await browser.look()).status_code == 404
    assert (await browser.enter(WRONG)).status_code == 404


async def test_setup_continues_in_the_browser_that_entered_the_latest_code(
    browser: Browser, new_database_url: str
) -> None:
    code = await browser.code()
    await browser.enter(code)
    await browser.look()
    await browser.answer("bot", browser.installation.tokens[0])
    earlier = dict(browser.http.cookies)
    connection = await asyncpg.connect(new_database_url)
    await connection.execute("UPDATE setup SET code_until = now() - interval '1 second'")
    await connection.close()
    fresh = await browser.code(after=code)
    browser.http.cookies.clear()
    await browser.enter(fresh)
    assert "Who&#39;s the owner?" in (await browser.look()).text, "the answers stay"
    browser.http.cookies.clear()
    browser.http.cookies.update(earlier)
    assert 'name="topic"' not in (await browser.look()).text


def test_each_setup_question_in_the_browser_has_its_texts_in_every_language() -> None:
    asked = [each.topic for each in QUESTIONS if each.is_in_browser]
    assert asked == ["bot", "owner", "chat", "payments", "legal", "support", "plan"]
    for language in LANGUAGES:
        words = Words(language)
        assert [topic for topic in asked if not (words.has(f"page.{topic}") and words.has(f"where.{topic}"))] == []


@pytest.mark.parametrize("browser", ["STRIPE"], indirect=True)
async def test_setup_with_stars_instead_of_stripe_needs_no_key_and_accepts_only_a_price_in_stars(
    browser: Browser,
) -> None:
    owner = Owner(browser.installation)
    await browser.enter(await browser.code())
    await browser.look()
    await browser.answer("bot", browser.installation.tokens[0])
    code = re.search(r"start=(owner-\w+)", browser.page)
    assert code is not None
    await owner.writes(f"/start {code[1]}")
    await browser.answer("owner")
    assert await owner.shares(owner.group, "👥 My group") is None
    await browser.answer("chat")
    assert (await browser.answer("payments", method="stars")).status_code == 303
    assert "500 XTR per month" in browser.page
    refused = await browser.answer("plan", "Tertulia 9.90 EUR per month", vertical="plain")
    assert (refused.status_code, "charge in EUR. Write the price in XTR" in refused.text) == (422, True)
    done = await browser.answer("plan", "Tertulia 500 XTR per month", vertical="plain")
    assert (done.status_code, "Your shop is ready" in done.text) == (200, True), done.text
