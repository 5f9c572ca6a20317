"""A server is lost, and its shop restored on a new one by docs/backups.md alone, in both ways of configuring: customers
keep what they paid for, and a checkout that was open is paid afterwards.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_browser_setup import bought, enter_group, logged, person_of, process, served, set_up
from tests.e2e.test_first_sale import PAY, buy
from tests.integration.test_restored_installation import KEPT, Server, steps_of_the_page, usual_passwords
from tests.support.chat_owner import Owner
from tests.support.chromium import open_page, running_chromium
from tests.support.demo import Person
from tests.support.fork_clients import ForkClient
from tests.support.installation import Installation
from umbral.demo.loopback import free_port
from umbral_sandbox.server import running_sandbox

__all__ = ["usual_passwords"]
pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.exhaustive, pytest.mark.long]

PLAN = {
    "soft_id": "tertulia",
    "name": "Tertulia",
    "price": "9.90",
    "currency": "EUR",
    "days": 30,
    "opens": ["tertulia"],
}


@asynccontextmanager
async def running(server: Server, port: int) -> AsyncIterator[None]:
    """Run the processes of a server, with its files, until the end of the block."""
    site = {"WEB_PORT": str(port), "OPS_PORT": "0", "CONSOLE_DATABASE_URL": server.urls()["CONSOLE_DATABASE_URL"]}
    async with AsyncExitStack() as stack:
        for name in ("web", "worker", "bot"):
            own = {
                "DATABASE_URL": server.urls()[f"{name.upper()}_DATABASE_URL"],
                "SETTINGS_KEY_FILE": str(server.folder / f"keys/{name}/settings.key"),
            }
            environ = {**server.dotenv, **own, **(site if name == "web" else {})}
            await stack.enter_async_context(process(server.folder, name, environ))
        yield


async def must(server: Server, service: str, *words: str) -> str:
    ran = await server.run(service, *words)
    assert ran.status == 0, ran.err
    return ran.out


async def restore_by_the_page(server: Server) -> None:
    """Follow the page in a new folder: `up` runs `secrets` first, and `migrate` unless it names `postgres` alone."""
    for service, words, _ in steps_of_the_page("Restore the database, or the whole server"):
        if service == "up":
            await must(server, "secrets", "secrets", "/keys")
            if "postgres" not in words:
                await must(server, "migrate", "migrate")
        else:
            await must(server, service, *words)


@pytest.mark.parametrize("way", ["browser", "env"])
async def test_open_checkout_is_paid_after_the_shop_was_restored_on_a_new_server(
    new_database_url: str,
    empty_database_url: str,
    tmp_path: Path,
    fork_client: ForkClient,
    browser_path: str,
    way: str,
) -> None:
    async with running_sandbox() as sandbox, AsyncExitStack() as stack:
        installation = Installation(sandbox, new_database_url, f"http://127.0.0.1:{free_port()}")
        await installation.open()
        owner, site = Owner(installation), installation.site
        port = int(site.rpartition(":")[2])
        dotenv = {**KEPT, **installation.services, "WEB_BASE_URL": site}
        if way == "env":
            seller = {"display_name": "Tienda", "webhook_url": f"{site}/webhooks/stripe"}
            stripe = (await installation.control("POST", "providers/stripe/demo", seller))["settings"]
            dotenv = {**KEPT, **installation.settings, **stripe, "ADMIN_TELEGRAM_IDS": str(owner.id)}
            del dotenv["DATABASE_URL"]
        lost = Server(tmp_path / "lost", new_database_url, tmp_path / "elsewhere", dotenv, fork_client)
        await must(lost, "secrets", "secrets", "/keys")
        await must(lost, "migrate", "migrate")
        # The sandbox runs in this event loop, so its clients run in threads.
        ana, bea = [
            await asyncio.to_thread(stack.enter_context, person_of(installation, tmp_path, name))
            for name in ("Ana", "Bea")
        ]
        checkouts: list[str] = []

        def leave_open(you: Person, message: Mapping[str, Any]) -> None:
            checkouts.append(str(you.press(message, PAY["en"])["value"]))

        async with running(lost, port):
            if way == "browser":
                code = await logged(lost.folder, "web", r"code=([A-Z0-9-]+)")
                browser = await stack.enter_async_context(running_chromium(browser_path))
                await set_up(await open_page(browser, locale="en-GB"), site, code, owner)
            else:
                owner.admits(owner.group, "can_invite_users", "can_restrict_members")
                await must(lost, "operator", "resources", "add", str(owner.group))
                await must(lost, "operator", "staff", "save-plan", "--record", json.dumps(PLAN))
            await served(site, "Tertulia")
            await asyncio.to_thread(buy, ana.demo, ana, "Tertulia", "en")
            await asyncio.to_thread(enter_group, ana)
            await asyncio.to_thread(buy, bea.demo, bea, "Tertulia", "en", leave_open)
            await must(lost, "operator", "backup")
            await must(lost, "operator", "backup", "--verify")
            of_ana = await asyncio.to_thread(ana.messages)

        fresh = Server(tmp_path / "fresh", empty_database_url, lost.backups, dotenv, fork_client)
        await restore_by_the_page(fresh)
        assert fresh.urls() != lost.urls()
        async with running(fresh, port):
            await served(site, "Tertulia")
            await asyncio.to_thread(bea.demo.pay, checkouts[0])
            await asyncio.to_thread(enter_group, bea)
            await bought(empty_database_url, customers=2)
            assert await asyncio.to_thread(ana.messages) == of_ana, "what a customer has is not announced again"
            doctor = (await fresh.run("operator", "doctor")).out
            assert "backups: the newest is of" in doctor
            assert "refuses" not in doctor
