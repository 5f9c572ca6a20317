"""Check that settings entered in the browser are stored encrypted in the database and read by each process at its
start.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from subscriptions.bootstrap.sealed_settings import SettingsVault, adopt, sealable
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.waiting import wait_for_settings
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.settings_vault import READERS
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.postgres import as_process
from tests.support.sealed import enter, key_file, open_setup
from umbral.demo.loopback import free_port

PATIENCE_S = 90
TOKEN = "123456:" + "a" * 35


@asynccontextmanager
async def process(folder: Path, name: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process with its log in a file until the end of the block."""
    with (folder / "log").open("wb") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "umbral", name, env={"PATH": os.environ["PATH"], **environ}, stderr=log
        )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
        await asyncio.wait_for(running.wait(), PATIENCE_S)


async def logged(folder: Path, words: str, running: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while words not in (folder / "log").read_text():
            assert running.returncode is None, (folder / "log").read_text()
            await asyncio.sleep(0.05)


async def test_web_process_waits_for_the_stored_settings_and_uses_them(new_database_url: str, tmp_path: Path) -> None:
    file, port = key_file(tmp_path), free_port()
    environ = {
        "CLOCK_WITNESS": "off",
        "DATABASE_URL": new_database_url,
        "OPS_PORT": "0",
        "SETTINGS_KEY_FILE": file,
        "SHOP_LANGUAGE": "en",
        "WEB_BASE_URL": f"http://127.0.0.1:{port}",
        "WEB_PORT": str(port),
    }
    async with process(tmp_path, "web", **environ) as web:
        await logged(tmp_path, "waits_for='the end of the setup in the browser'", web)
        async with open_setup(new_database_url) as setup:
            await enter(setup, file, {"BRAND_NAME": "Academia Sol", "SHOP_LANGUAGE": "pt"})
            assert web.returncode is None
            assert await setup.finish()
        async with plain_http(base_url=f"http://127.0.0.1:{port}", timeout=5) as client, asyncio.timeout(PATIENCE_S):
            while "Academia Sol" not in await _page(client):
                assert web.returncode is None, (tmp_path / "log").read_text()
                await asyncio.sleep(0.1)
    assert web.returncode == 0
    assert "Academia Sol" not in (tmp_path / "log").read_text()


async def _page(client: httpx.AsyncClient) -> str:
    try:
        return (await client.get("/")).text
    except httpx.TransportError:
        return ""


async def test_waiting_process_names_missing_settings_and_stops_on_request(
    new_database_url: str, tmp_path: Path
) -> None:
    async with open_setup(new_database_url) as setup:
        await setup.finish()
    ready = tmp_path / "ready"
    environ = {"DATABASE_URL": new_database_url, "SETTINGS_KEY_FILE": key_file(tmp_path), "READY_FILE": str(ready)}
    async with process(tmp_path, "bot", **environ) as bot:
        await logged(tmp_path, "waits_for=TELEGRAM_SUBSCRIPTION_BOT_TOKEN", bot)
        assert ready.exists(), "a restart would change nothing, so that it counts as working"
        bot.terminate()
        assert await asyncio.wait_for(bot.wait(), PATIENCE_S) == 0


async def test_environment_overrides_stored_settings(new_database_url: str, tmp_path: Path) -> None:
    file = key_file(tmp_path)
    secret = tmp_path / "support"
    secret.write_text("@ayuda\n")
    async with open_setup(new_database_url) as setup:
        entered = {"BRAND_NAME": "Entered", "SUPPORT_CONTACT": "@entered", "SHOP_LANGUAGE": "pt"}
        await enter(setup, file, entered | {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN, "ADMIN_TELEGRAM_IDS": "7"})
        await setup.finish()
    environ = {
        "BRAND_NAME": "Given",
        "DATABASE_URL": new_database_url,
        "SETTINGS_KEY_FILE": file,
        "SHOP_LANGUAGE": " ",
        "SUPPORT_CONTACT_FILE": str(secret),
    }
    whole = await wait_for_settings("bot", BotSettings, environ, asyncio.Event(), alive=lambda: None)
    assert whole is not None
    settings = BotSettings.read_environ(whole)
    assert (settings.brand_name, settings.support_contact, settings.shop_language) == ("Given", "@ayuda", "pt")
    assert settings.admin_ids == {7}
    ran = await Terminal(environ | {"ADMIN_TELEGRAM_IDS": "8"}).run("doctor")
    assert "settings entered in the browser: SHOP_LANGUAGE, TELEGRAM_SUBSCRIPTION_BOT_TOKEN" in ran.out
    assert "that the environment overrides: ADMIN_TELEGRAM_IDS, BRAND_NAME, SUPPORT_CONTACT" in ran.out
    assert TOKEN not in ran.out + ran.err


async def test_process_reads_its_own_settings_only(new_database_url: str, tmp_path: Path) -> None:
    file = key_file(tmp_path)
    async with open_setup(new_database_url) as setup:
        values = {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN, "PICK_MARK_KEY": "p" * 20, "BRAND_NAME": "Sol"}
        # A name that is not among those of the setup is never read.
        await enter(setup, file, values | {"TELEGRAM_BOT_API_BASE": "https://elsewhere.example"})
        await setup.finish()
    assert "TELEGRAM_BOT_API_BASE" not in sealable()
    environ = {"DATABASE_URL": as_process(new_database_url, "web"), "SETTINGS_KEY_FILE": file}
    web = await wait_for_settings("web", WebSettings, environ, asyncio.Event(), alive=lambda: None)
    assert web is not None
    assert {name for name in web if name not in environ} == {"BRAND_NAME"}
    operator, unreadable = await adopt({**environ, "DATABASE_URL": new_database_url})
    assert unreadable == frozenset()
    assert operator["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"] == TOKEN
    assert "TELEGRAM_BOT_API_BASE" not in operator


@pytest.mark.parametrize("content", [None, "", "no key", "private web AAAA", "private web"])
async def test_process_without_a_valid_key_file_stops(
    new_database_url: str, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "settings.key"
    if content is not None:
        file.write_text(content)
    async with open_setup(new_database_url) as setup:
        await setup.finish()
    environ = {"DATABASE_URL": new_database_url, "SETTINGS_KEY_FILE": str(file)}
    with pytest.raises(InvalidInput) as refused:
        await wait_for_settings("web", WebSettings, environ, asyncio.Event(), alive=lambda: None)
    assert refused.value.field == "SETTINGS_KEY_FILE"


async def test_finished_setup_cannot_be_changed(new_database_url: str, tmp_path: Path) -> None:
    file = key_file(tmp_path)
    async with open_setup(as_process(new_database_url, "console")) as setup:
        await enter(setup, file, {"ADMIN_TELEGRAM_IDS": "7"})
        assert await setup.renew_code("hash")
        assert await setup.finish()
        assert not await setup.is_open()
        assert not await setup.finish()
        assert not await setup.renew_code("other")
        assert await setup.code() is None
    owner = await asyncpg.connect(new_database_url)
    try:
        for statement in (
            "UPDATE sealed_settings SET sealed = 'x'",
            "DELETE FROM sealed_settings",
            "INSERT INTO sealed_settings VALUES ('BRAND_NAME', 'x', now())",
            "UPDATE setup SET finished_at = NULL",
            "DELETE FROM setup",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner.execute(statement)
    finally:
        await owner.close()


async def test_setup_closes_once_a_first_owner_exists(new_database_url: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(new_database_url)
    async with open_setup(new_database_url) as setup:
        assert await setup.is_open()
        await connection.execute(
            "INSERT INTO customers (id, telegram_id, first_name, language, created_at, staff_role)"
            " VALUES (gen_random_uuid(), 7, 'Eva', 'es', now(), 'owner')"
        )
        assert not await setup.is_open()
        with pytest.raises(Exception, match="only while the installation is being set up"):
            await enter(setup, key_file(tmp_path), {"ADMIN_TELEGRAM_IDS": "8"})
    await connection.close()


async def test_owners_in_the_environment_close_the_setup(new_database_url: str, tmp_path: Path) -> None:
    environ = {
        "ADMIN_TELEGRAM_IDS": "7",
        "DATABASE_URL": as_process(new_database_url, "bot"),
        "SETTINGS_KEY_FILE": key_file(tmp_path),
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN,
    }
    whole = await wait_for_settings("bot", BotSettings, environ, asyncio.Event(), alive=lambda: None)
    assert whole == environ
    async with open_setup(new_database_url) as setup:
        assert not await setup.is_open()


async def test_setup_code_is_not_renewed_by_another_process_before_it_expires(new_database_url: str) -> None:
    async with open_setup(new_database_url) as one, open_setup(as_process(new_database_url, "console")) as other:
        assert await one.renew_code("hash")
        assert not await other.renew_code("another")
        assert await other.code() == "hash"


def test_vault_reveals_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("not a key: hidden")
    with pytest.raises(InvalidInput) as refused:
        SettingsVault(str(file))
    assert "hidden" not in str(refused.value)
    vault = SettingsVault(key_file(tmp_path))
    assert "secret" not in vault.seal("BRAND_NAME", "secret", READERS)
    assert vault.unseal("BRAND_NAME", vault.seal("BRAND_NAME", "a\nb", READERS)) == "a\nb"


async def test_secrets_are_generated_once(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    terminal = Terminal({"WORKER_DATABASE_PASSWORD": "de:ad/ly"})
    first = await terminal.run("secrets", str(folder))
    assert first.status == 0, first.err
    files = {str(each.relative_to(folder)): each for each in folder.rglob("*") if each.is_file()}
    assert {"postgres/superuser", "settings/settings.key", "web/DATABASE_URL", "migrate/WEB_DATABASE_URL"} <= set(files)
    password = urlsplit(files["migrate/DATABASE_URL"].read_text().strip()).password
    assert f"PASSWORD '{password}'" in files["postgres/owner.sql"].read_text()
    assert files["worker/DATABASE_URL"].read_text().strip() == (
        "postgresql://umbral_worker:de%3Aad%2Fly@postgres:5432/umbral"
    )
    assert files["web/DATABASE_URL"].stat().st_mode & 0o077 == 0
    for text in (each.read_text().strip() for each in files.values()):
        assert text not in first.out
    before = {name: each.read_text() for name, each in files.items()}
    assert (await terminal.run("secrets", str(folder))).out == ""
    assert before == {name: each.read_text() for name, each in files.items()}
