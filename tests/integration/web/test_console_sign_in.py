"""Access to the console: single use of a link, end of a session, and protection of forms."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.domain.entities.customer import OwnRole, StaffRole
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.telegram_login import LoginRefused, LoginRequest
from subscriptions.infrastructure.telegram.web_login import OpenIdLogin
from tests.fakes.clock import ManualClock
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import OLGA, Visitor, hidden, hire, visiting
from tests.support.plain_http import plain_http
from tests.support.website import Website, running_website
from umbral_sandbox.server import running_sandbox
from umbral_sandbox.telegram_login import KEY, ROOT

CONSOLE_ACTIONS = "SELECT action FROM audit_log WHERE action LIKE 'console.%' ORDER BY id"


@pytest.fixture
async def olga(site: Website) -> AsyncIterator[Visitor]:
    """Create a manager without a session."""
    await hire(site, StaffRole.MANAGER)
    async with visiting(site) as visitor:
        yield visitor


async def test_sign_in_link_can_be_used_once_and_link_previews_do_not_use_it_up(olga: Visitor, tables: Tables) -> None:
    assert "/panel" in await olga.page("", 401)
    link = await olga.link()
    for _ in range(3):
        # Link previews in a chat request the page like this.
        looked = await olga.client.get(link)
        assert looked.status_code == 200
        assert not looked.cookies
    entered = await olga.use(link)
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
    assert "Hoy" in await olga.page("")
    async with plain_http(base_url=str(olga.client.base_url)) as somebody:
        again = await somebody.post("/admin/enter", data=hidden(looked.text))
    assert again.status_code == 403
    assert [row["action"] for row in await tables.rows(CONSOLE_ACTIONS)] == [
        "console.open",
        "console.entered",
    ]
    (kept,) = await tables.rows("SELECT link, key FROM console_visits")
    secret = link.partition("=")[2]
    assert secret not in str(kept)
    assert olga.client.cookies["umbral_console"] not in str(kept)


async def test_session_cookie_is_for_this_host_and_hidden_from_scripts(olga: Visitor) -> None:
    entered = await olga.enter()
    said = entered.headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in said.split(";")}
    page = await olga.client.get("/admin")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "script-src 'self';" in page.headers["content-security-policy"]


async def test_https_address_requires_a_secure_cookie(database_url: str) -> None:
    async with running_website(database_url, CONSOLE_BASE_URL="https://console.example.com") as site:
        await hire(site, StaffRole.OWNER)
        async with visiting(site) as visitor:
            entered = await visitor.enter()
    assert entered.headers["set-cookie"].startswith("__Host-umbral=")
    assert "secure" in entered.headers["set-cookie"].lower()
    assert "strict-transport-security" in entered.headers


@pytest.mark.parametrize("where", ["public", "off"])
async def test_console_is_served_at_the_configured_address(database_url: str, where: str) -> None:
    async with running_website(database_url, CONSOLE=where) as site, plain_http(timeout=90) as client:
        found = [(await client.get(f"{url}/admin")).status_code for url in (site.url, site.ops)]
    assert found == ([401, 404] if where == "public" else [404, 404])


async def test_telegram_sign_in_works_once_and_in_the_same_browser(database_url: str) -> None:
    async with running_sandbox() as sandbox, plain_http(base_url=sandbox.url) as control:

        async def person(name: str) -> TelegramId:
            return TelegramId((await control.post("/control/users", json={"first_name": name})).json()["id"])

        olga, stranger = await person("Olga"), await person("Ana")
        settings = {
            "TELEGRAM_LOGIN_ID": "5001",
            "TELEGRAM_LOGIN_SECRET": KEY,
            "TELEGRAM_LOGIN_BASE": sandbox.url + ROOT,
            "CONSOLE_SECOND_FACTOR": "owners",
        }

        async def word(client: httpx.AsyncClient, who: TelegramId) -> str:
            """Return the address to which Telegram redirects after the person has signed in."""
            asked = await client.get("/admin/telegram")
            assert "httponly" in asked.headers["set-cookie"].lower()
            assert "Olga" in (await control.get(asked.headers["location"])).text
            said = await control.get(f"{asked.headers['location']}&person={who}")
            return "/admin/telegram/back" + said.headers["location"].partition("/admin/telegram/back")[2]

        async with running_website(database_url, **settings) as site, visiting(site) as visitor:
            await hire(site, StaffRole.MANAGER, olga)
            assert 'href="/admin/telegram"' in await visitor.page("", 401)
            back = await word(visitor.client, olga)
            async with visiting(site) as elsewhere:
                assert (await elsewhere.client.get(back)).status_code == 403, "a code that was caught"
                await word(elsewhere.client, olga)
                assert (await elsewhere.client.get(back)).status_code == 403, "the answer to another question"
            entered = await visitor.client.get(back)
            assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
            await visitor.page("")
            assert (await visitor.client.get(back)).status_code == 403, "a second time"
            # A stranger, a person who declines in Telegram, and an owner who needs a second factor.
            async with visiting(site) as other:
                refused = await other.client.get(await word(other.client, stranger))
                assert (refused.status_code, "equipo" in refused.text) == (403, True)
                await other.page("", 401)
                declined = await other.client.get("/admin/telegram/back?error=access_denied&state=x")
                assert declined.status_code == 403
                await hire(site, StaffRole.OWNER, stranger)
                await other.client.get(await word(other.client, stranger))
                waits = await other.client.get("/admin")
                assert (waits.status_code, waits.headers["location"]) == (303, "/admin/factor")
        # A wrong client secret or verifier, a code used twice, and a token from an hour ago are refused.
        base, request = settings["TELEGRAM_LOGIN_BASE"], LoginRequest("http://127.0.0.1/back", "s", "v" * 64)
        clock = ManualClock(datetime.now(UTC))
        login = OpenIdLogin("5001", KEY, base, clock)

        async def code() -> str:
            said = await control.get(f"{login.address(request)}&person={olga}")
            return dict(parse_qsl(urlsplit(said.headers["location"]).query))["code"]

        used = await code()
        assert await login.person(request, used) == olga
        with pytest.raises(LoginRefused):
            await login.person(request, used)
        with pytest.raises(LoginRefused):
            await OpenIdLogin("5001", "another", base, clock).person(request, await code())
        with pytest.raises(LoginRefused):
            await login.person(replace(request, verifier="w" * 64), await code())
        clock.advance(timedelta(hours=1))
        with pytest.raises(LoginRefused, match="too old"):
            await login.person(request, await code())


async def test_sign_in_link_expires_and_is_replaced_by_a_newer_link(olga: Visitor, tables: Tables) -> None:
    first, second = await olga.link(), await olga.link()
    assert (await olga.use(first)).status_code == 403
    await tables.rows("UPDATE console_visits SET offered_at = offered_at - interval '6 minutes'")
    assert (await olga.use(second)).status_code == 403


ENDS = (
    "UPDATE console_visits SET seen_at = seen_at - interval '31 minutes'",
    "UPDATE console_visits SET entered_at = entered_at - interval '13 hours'",
    "UPDATE customers SET staff_role = NULL",
)


async def test_session_ends_after_inactivity_after_its_maximum_age_and_with_the_role(
    olga: Visitor, tables: Tables
) -> None:
    for change in ENDS:
        await olga.enter()
        await olga.page("")
        await tables.rows(change)
        await olga.page("", 401)
        assert await tables.rows("SELECT 1 FROM console_visits") == []


async def test_signed_out_session_is_closed(olga: Visitor, tables: Tables) -> None:
    await olga.enter()
    page = await olga.client.get("/admin")
    kept = dict(olga.client.cookies)
    left = await olga.client.post("/admin/leave", data=hidden(page.text))
    assert left.status_code == 200
    assert "umbral_console" not in olga.client.cookies
    for name, value in kept.items():
        olga.client.cookies.set(name, value)
    await olga.page("", 401)
    assert (await tables.rows("SELECT action FROM audit_log ORDER BY id DESC LIMIT 1"))[0]["action"] == "console.left"


async def test_own_sessions_are_listed_and_ended_in_the_chat(olga: Visitor, site: Website) -> None:
    await hire(site, StaffRole.SUPPORT, TelegramId(4), "Marta")
    console = olga.desk.enter_console()
    await olga.enter()
    async with visiting(site) as elsewhere:
        await elsewhere.enter()
        first, second = await console.visits(OLGA)
        await console.end(TelegramId(4), first.name)
        await olga.page("")
        await console.end(OLGA, first.name)
        await olga.page("", 401)
        assert [each.name for each in await console.visits(OLGA)] == [second.name]
        await elsewhere.page("")
        waiting = await olga.link()
        await console.end(OLGA, "")
        await elsewhere.page("", 401)
        assert (await olga.use(waiting)).status_code == 403


async def test_removed_staff_role_ends_console_sessions_and_invalidates_sign_in_links(
    olga: Visitor, site: Website
) -> None:
    boss = await hire(site, StaffRole.OWNER, TelegramId(1), "Boss")
    await olga.enter()
    waiting = await olga.link()
    who = await hire(site, StaffRole.MANAGER)
    await olga.desk.run_command()(boss.telegram_id, "role", str(who.id), {"role": "none"}, uuid4())
    await olga.page("", 401)
    await hire(site, StaffRole.MANAGER)
    assert (await olga.use(waiting)).status_code == 403
    await olga.page("", 401)


async def test_role_without_console_access_ends_sessions_and_links(olga: Visitor, site: Website) -> None:
    panel_alone = OwnRole(name="sala", permissions=frozenset({"panel.open", "customer.see"}))
    async with site.container.core.units()() as uow:
        await uow.own_roles.add_if_new(panel_alone)
        await uow.commit()
    await hire(site, StaffRole.MANAGER)
    await olga.enter()
    waiting = await olga.link()
    await hire(site, panel_alone)
    await olga.page("", 401)
    assert (await olga.use(waiting)).status_code == 403
    await hire(site, StaffRole.MANAGER)
    await olga.page("", 401)


async def test_stranger_gets_no_sign_in_link(olga: Visitor, site: Website) -> None:
    await hire(site, None, TelegramId(2), "Nadie")
    with pytest.raises(NotAllowed):
        await olga.link(TelegramId(2))


async def test_forged_form_has_no_effect(olga: Visitor, site: Website, tables: Tables) -> None:
    customer = await hire(site, None, TelegramId(3), "Ana")
    await olga.enter()
    path = f"/admin/do/note/{customer.id}"
    form = hidden((await olga.client.get(path)).text) | {"note": "hello", "sure": "yes"}
    without = {name: value for name, value in form.items() if name != "token"}
    for typed, headers in (
        (without, {}),
        (form | {"token": "0" * 64}, {}),
        (form, {"Sec-Fetch-Site": "cross-site"}),
        (form, {"Sec-Fetch-Site": "same-site"}),
        (form, {"Origin": "null"}),
        (form, {"Origin": "https://evil.example"}),
    ):
        assert (await olga.client.post(path, data=typed, headers=headers)).status_code == 403
    assert (await olga.client.post("/admin/leave", data={})).status_code == 403
    assert await tables.rows("SELECT 1 FROM audit_log WHERE action = 'customer.note'") == []
    assert (await olga.client.post(path, data=form)).status_code == 303
    assert len(await tables.rows("SELECT 1 FROM audit_log WHERE action = 'customer.note'")) == 1


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://127.0.0.1", "file://", "", "evil"])
async def test_sign_in_link_submitted_from_a_foreign_origin_is_refused_and_stays_usable(
    olga: Visitor, origin: str
) -> None:
    link = await olga.link()
    refused = await olga.client.post(
        "/admin/enter", data={"secret": link.partition("=")[2]}, headers={"Origin": origin}
    )
    assert refused.status_code == 403
    assert (await olga.use(link)).status_code == 303, "the link still works on the console's own page"


async def test_sign_in_link_submitted_from_the_consoles_own_origin_is_accepted(olga: Visitor) -> None:
    secret = (await olga.link()).partition("=")[2]
    own = str(olga.client.base_url).rstrip("/")
    entered = await olga.client.post("/admin/enter", data={"secret": secret}, headers={"Origin": own})
    assert entered.status_code == 303


async def test_guessed_cookie_is_refused(olga: Visitor) -> None:
    for guess in ("", "x", "ä", "A" * 43):
        olga.client.cookies.clear()
        headers = {"Cookie": f"umbral_console={guess}".encode()}
        assert (await olga.client.get("/admin", headers=headers)).status_code == 401


async def test_second_sign_in_link_replaces_the_session(olga: Visitor, tables: Tables) -> None:
    await olga.enter()
    await olga.enter()
    assert len(await tables.rows("SELECT 1 FROM console_visits WHERE key IS NOT NULL")) == 1
    assert (await tables.rows("SELECT person FROM console_visits"))[0]["person"] == OLGA


async def test_second_factor_is_required_after_setup_and_locks_after_five_wrong_codes(
    database_url: str, tables: Tables
) -> None:
    key = Fernet.generate_key().decode()
    async with running_website(database_url, WEBHOOK_KEY=key) as site, visiting(site) as olga:
        await hire(site, StaffRole.MANAGER)
        await olga.enter()
        setup = await olga.page("/factor")
        (secret,) = re.findall(r'id="secret" value="([A-Z2-7]{32})"', setup)
        assert "<svg" in setup
        wrong = await olga.client.post("/admin/factor", data={**hidden(setup), "code": "000000"})
        assert (wrong.status_code, "Ese código no es correcto" in wrong.text) == (403, True)
        step = int(olga.desk.core.clock().now().timestamp())
        code = TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(step).decode()  # noqa: S303
        done = await olga.client.post("/admin/factor", data={**hidden(setup), "code": code})
        recovery = re.findall(r"(?:[a-z2-7]{4}-){5}[a-z2-7]{4}", done.text)
        assert len(recovery) == 8
        assert secret not in str(await tables.rows("SELECT * FROM second_factors"))
        assert "Hoy" in await olga.page("")

        await olga.enter()
        for path in ("", "/customers", "/do/invite/new"):
            answer = await olga.client.get(f"/admin{path}")
            assert (answer.status_code, answer.headers["location"]) == (303, "/admin/factor"), path
        asked = await olga.page("/factor")
        assert secret not in asked
        forged = await olga.client.post("/admin/factor", data={"code": recovery[0], "token": "x"})
        assert forged.status_code == 403
        entered = await olga.client.post("/admin/factor", data={**hidden(asked), "code": recovery[0]})
        assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
        assert "Hoy" in await olga.page("")
        await olga.enter()
        asked = await olga.page("/factor")
        for _ in range(4):
            await olga.client.post("/admin/factor", data={**hidden(asked), "code": "000000"})
        locked = await olga.client.post("/admin/factor", data={**hidden(asked), "code": "000000"})
        assert "Demasiados códigos" in locked.text
        await olga.page("", 401)
