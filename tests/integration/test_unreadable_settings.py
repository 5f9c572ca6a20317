"""Stored settings that a key does not open are left out and reported; they stop no process and no command."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from subscriptions.application.settings.watch_stored_settings import SettingsUnreadable, WatchStoredSettings
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.sealed_settings import (
    SettingsVault,
    connectable,
    names_of,
    read_stored,
    readers_of,
    seal_for_readers,
    sealable,
    share,
)
from subscriptions.bootstrap.waiting import StoredSettings, wait_for_settings
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.setup_state import SqlSetup
from subscriptions.infrastructure.settings_vault import READERS, process_key_file
from subscriptions.infrastructure.telegram.session_vault import SessionVault
from tests.fakes.shop import memory_shop
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.postgres import as_process
from tests.support.sealed import enter, key_file, open_setup

TOKEN = "123456:" + "a" * 35
SHOP = {
    "ADMIN_TELEGRAM_IDS": "7",
    "BRAND_NAME": "Sol",
    "BOT_WEBHOOK_SECRET": "b" * 43,
    "CONSOLE": "public",
    "PICKS_API_KEY": "p" * 43,
    "PICK_MARK_KEY": "m" * 43,
    "SESSION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "SHOP_LANGUAGE": "es",
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "SUPPORT_CONTACT": "@sol",
    "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN,
    "TERMS_VERSION": "2026-11-30",
    "VERTICAL": "plain",
    "WEBHOOK_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}
"""Values that the setup stores."""
COMMANDS = (
    ("doctor",),
    ("why", "7"),
    ("jobs", "list"),
    ("features", "list"),
    ("backup", "--list"),
    ("accounts", "list"),
    ("plans", "list"),
    ("staff", "list"),
)


async def execute(url: str, statement: str, *values: object) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()


async def stored_shop(url: str, folder: Path, values: Mapping[str, str] = SHOP) -> str:
    """Finish the setup with these values, and return the path of the master key."""
    file = key_file(folder)
    async with open_setup(url) as setup:
        await enter(setup, file, values)
        await setup.finish()
    return file


def process_file(folder: Path, master: str, process: str) -> str:
    """Write the key file of one process, as `umbral secrets` does, and return its path."""
    file = folder / f"{process}.key"
    file.write_text(process_key_file(Path(master).read_text(), process))
    return str(file)


def earlier_vault(master: str) -> SessionVault:
    """Return the vault with which an earlier version encrypted settings."""
    return SessionVault(Path(master).read_text())


def environment(url: str, file: str, process: str) -> dict[str, str]:
    own = {"userbot": {"TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "a" * 32}}
    return {"DATABASE_URL": as_process(url, process), "SETTINGS_KEY_FILE": file, **own.get(process, {})}


async def begin(url: str, file: str, process: str) -> Mapping[str, str] | None:
    """Read the settings as a process does at its start, waiting for a second."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(1, stop.set)
    environ = environment(url, file, process)
    return await wait_for_settings(process, PROCESSES[process], environ, stop, alive=lambda: None)


async def plant(url: str, table: str, name: str, sealed: str) -> None:
    """Write a row as somebody with the tables' owner's login can."""
    await execute(url, f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await execute(
        url,
        f"INSERT INTO {table} (name, sealed, changed_at) VALUES ($1, $2, now())"
        " ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
        name,
        sealed,
    )
    await execute(url, f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.parametrize("process", READERS)
async def test_unreadable_rows_stop_no_process(new_database_url: str, tmp_path: Path, process: str) -> None:
    master = await stored_shop(new_database_url, tmp_path)
    file = process_file(tmp_path, master, process)
    (tmp_path / "other").mkdir()
    other = SettingsVault(key_file(tmp_path / "other"))
    whole = await begin(new_database_url, file, process)
    assert whole is not None

    vault = SettingsVault(master)
    for sealed in (
        "garbage",
        "ñ\n=",
        f"{process}=",
        f"{process}=AAAA",
        f"{process}=" + "A" * 200,
        other.seal("STRIPE_SECRET_KEY", "x", READERS),
        vault.seal("STRIPE_WEBHOOK_SECRET", "x", READERS),
        vault.seal("STRIPE_SECRET_KEY", "a\0b", READERS),
        SessionVault("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").seal("STRIPE_SECRET_KEY\nx"),
    ):
        await plant(new_database_url, "payment_keys", "STRIPE_SECRET_KEY", sealed)
        found = await begin(new_database_url, file, process)
        assert found is not None, sealed
        assert {name for name in whole if name not in found} <= {"STRIPE_SECRET_KEY"}, sealed
        assert "STRIPE_SECRET_KEY" not in found, sealed


@pytest.mark.parametrize("name", sorted(SHOP))
async def test_process_without_one_setting_of_the_setup_starts_or_waits(
    new_database_url: str, tmp_path: Path, name: str
) -> None:
    master = await stored_shop(new_database_url, tmp_path)
    await plant(new_database_url, "sealed_settings", name, "web=A worker=A bot=A userbot=A")
    for process in READERS:
        found = await begin(new_database_url, process_file(tmp_path, master, process), process)
        required = PROCESSES[process].names()
        is_needed = name in required and required[name].is_required()
        assert (found is None) is is_needed, process
        assert found is None or name not in found


async def test_unreadable_rows_stop_no_command_and_doctor_names_cause_and_remedy(
    new_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    master = await stored_shop(new_database_url, tmp_path)
    settings = {"DATABASE_URL": new_database_url, "SETTINGS_KEY_FILE": master, "BACKUP_TO": str(tmp_path / "copies")}
    terminal = Terminal(settings, fork_client)
    before = {words: (await terminal.run(*words)).status for words in COMMANDS}

    await plant(new_database_url, "payment_keys", "STRIPE_SECRET_KEY", "garbage")
    for words in COMMANDS:
        ran = await terminal.run(*words)
        assert ran.status == (1 if words == ("doctor",) else before[words]), (words, ran.err)
        assert "left out: STRIPE_SECRET_KEY" in ran.err, words
        if words == ("doctor",):
            assert "SETTINGS_KEY_FILE: the key does not open STRIPE_SECRET_KEY" in ran.out
            assert "enter the keys of a payment method again" in ran.out

    another = Terminal({**settings, "SETTINGS_KEY_FILE": key_file(tmp_path)}, fork_client)
    doctor = await another.run("doctor")
    assert "this key opens none of the settings entered in the browser" in doctor.out, doctor.out
    assert "Put back the one of then" in doctor.out
    (tmp_path / "settings.key").unlink()
    doctor = await another.run("doctor")
    assert (doctor.status, "SETTINGS_KEY_FILE: cannot be read" in doctor.out) == (1, True), doctor.out


async def test_running_process_keeps_its_keys_until_new_ones_can_be_read(new_database_url: str, tmp_path: Path) -> None:
    master = await stored_shop(new_database_url, tmp_path)
    file = process_file(tmp_path, master, "worker")
    environ, shop, restarts = environment(new_database_url, file, "worker"), memory_shop(), list[str]()
    engine = create_engine(environ["DATABASE_URL"])
    stored = StoredSettings("worker", PROCESSES["worker"], environ, SqlSetup(engine))
    in_use = (await stored.read()).values
    watch = WatchStoredSettings(
        shop.units, shop.clock, "worker", stored.read, in_use, lambda: restarts.append("restarted")
    )

    async def alarms() -> list[str]:
        async with shop.units() as uow:
            found = await uow.alarms.open(10)
        return [str(each.facts["settings"]) for each in found if each.kind == SettingsUnreadable.name]

    try:
        await watch()
        assert (restarts, await alarms()) == ([], [])
        await plant(new_database_url, "payment_keys", "STRIPE_SECRET_KEY", "garbage")
        await watch()
        assert (restarts, await alarms()) == ([], ["STRIPE_SECRET_KEY"])
        shop.clock.advance(timedelta(hours=1))
        vault = SettingsVault(master)
        await plant(
            new_database_url, "payment_keys", "STRIPE_SECRET_KEY", vault.seal("STRIPE_SECRET_KEY", "sk_2", READERS)
        )
        await watch()
        assert (restarts, await alarms()) == (["restarted"], [])
    finally:
        await engine.dispose()


async def test_stored_key_for_real_money_without_a_named_seller_stops_no_process(
    new_database_url: str, tmp_path: Path
) -> None:
    master = await stored_shop(new_database_url, tmp_path)
    vault = SettingsVault(master)
    for name, value in (("STRIPE_SECRET_KEY", "sk_live_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_2")):
        await plant(new_database_url, "payment_keys", name, vault.seal(name, value, READERS))
    for process in ("web", "worker", "bot"):
        found = await begin(new_database_url, process_file(tmp_path, master, process), process)
        assert found is not None, process
        assert found.get("STRIPE_SECRET_KEY") in {None, "sk_live_1"}
        assert process == "worker" or "STRIPE_SECRET_KEY" not in found


@pytest.mark.parametrize("process", READERS)
async def test_key_and_login_of_a_process_open_only_what_the_process_reads(
    new_database_url: str, tmp_path: Path, process: str
) -> None:
    master = await stored_shop(new_database_url, tmp_path)
    vault = SettingsVault(process_file(tmp_path, master, process))
    own = {name for name in SHOP if process in readers_of(name, SHOP)}
    assert own, process

    for row in await execute(new_database_url, "SELECT name, sealed FROM sealed_settings"):
        assert (vault.open(row["name"], row["sealed"]) == SHOP[row["name"]]) is (row["name"] in own), row["name"]
    seen = await execute(as_process(new_database_url, process), "SELECT name FROM sealed_settings")
    assert {row["name"] for row in seen} == (set(SHOP) if process == "worker" else own)
    if process == "web":
        assert not own & {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN", "SESSION_KEY", "PICK_MARK_KEY"}
    if process == "userbot":
        assert not own & {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN", "STRIPE_SECRET_KEY", "WEBHOOK_KEY", "PICK_MARK_KEY"}


async def test_values_of_an_earlier_version_are_encrypted_for_their_readers(
    new_database_url: str, tmp_path: Path
) -> None:
    master = key_file(tmp_path)
    before = earlier_vault(master)
    async with open_setup(new_database_url) as setup:
        await setup.keep({name: (before.seal(f"{name}\n{value}"), ()) for name, value in SHOP.items()})
        await setup.finish()
    await plant(new_database_url, "payment_keys", "STRIPE_SECRET_KEY", before.seal("STRIPE_SECRET_KEY\nsk_test_2"))
    times = "SELECT name, changed_at FROM payment_keys UNION ALL SELECT name, changed_at FROM sealed_settings"
    changed = await execute(new_database_url, times)

    await seal_for_readers({"DATABASE_URL": new_database_url, "SETTINGS_KEY_FILE": master})

    assert await execute(new_database_url, times) == changed
    async with open_setup(new_database_url) as setup:
        opened = await read_stored(setup, SettingsVault(master), sealable())
        assert (opened.values, opened.unreadable) == ({**SHOP, "STRIPE_SECRET_KEY": "sk_test_2"}, frozenset())
        for process in READERS:
            vault = SettingsVault(process_file(tmp_path, master, process))
            found = (await read_stored(setup, vault, sealable())).values
            assert set(found) == {name for name in SHOP if process in readers_of(name, SHOP)}


async def test_bot_shares_its_token_with_the_processes_that_a_new_method_needs_it_in(
    new_database_url: str, tmp_path: Path
) -> None:
    master = await stored_shop(new_database_url, tmp_path)
    bot = SettingsVault(process_file(tmp_path, master, "bot"))
    whole = {**SHOP, "STARS": "on"}
    assert "TELEGRAM_SUBSCRIPTION_BOT_TOKEN" in names_of("web", whole)
    async with open_setup(as_process(new_database_url, "bot")) as setup:
        await share(setup, bot, await read_stored(setup, bot, sealable()), whole)
    for process, is_reader in (("web", True), ("worker", True), ("bot", True), ("userbot", False)):
        async with open_setup(as_process(new_database_url, process)) as setup:
            vault = SettingsVault(process_file(tmp_path, master, process))
            found = await read_stored(setup, vault, sealable())
            assert ("TELEGRAM_SUBSCRIPTION_BOT_TOKEN" in found.values) is is_reader, process
    for process in ("web", "worker", "userbot", "console"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(as_process(new_database_url, process), "UPDATE sealed_settings SET sealed = 'x'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(
            as_process(new_database_url, "bot"), "UPDATE sealed_settings SET sealed = 'x' WHERE name = 'BRAND_NAME'"
        )


def test_every_key_of_a_payment_method_has_readers() -> None:
    for name in connectable():
        assert {"web", "worker", "bot"} <= readers_of(name, {}) or name == "TELEGRAM_SUBSCRIPTION_BOT_TOKEN"
