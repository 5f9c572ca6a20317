"""A server is lost, and its shop restored on a new one by docs/backups.md alone, in both ways of configuring."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.waiting import wait_for_settings
from subscriptions.infrastructure.backups.sealing import Keys
from tests.integration.test_unreadable_settings import SHOP
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Ran, Terminal
from tests.support.postgres import Server as PostgresServer
from tests.support.sealed import enter, open_setup

PAGE = Path(__file__).parents[2] / "docs/backups.md"
KEPT = {"BACKUP_KEY": Keys.fresh()}
"""What the owner keeps elsewhere: `.env`."""


@dataclass
class Server:
    """A machine with Compose's services, as processes and files.

    folder: the volumes with keys
    url: database as the test's superuser
    dotenv: `.env`
    """

    folder: Path
    url: str
    backups: Path
    dotenv: dict[str, str]
    fork_client: ForkClient

    async def run(self, service: str, *words: str, stdin: str = "") -> Ran:
        """Run a command in a service's container."""
        if service == "secrets":
            words = tuple(word.replace("/keys", str(self.folder / "keys")) for word in words)
            terminal = Terminal(self.dotenv)
            async with terminal.typing(*words) as typing:
                if stdin:
                    await typing.types(stdin)
                return await typing.ends()
        files = {"SETTINGS_KEY_FILE": str(self.folder / "keys/settings/settings.key"), "BACKUP_TO": str(self.backups)}
        return await Terminal({**self.dotenv, **self.urls(), **files}, self.fork_client).run(*words)

    def urls(self) -> dict[str, str]:
        """Return the addresses of the database, with the passwords that `secrets` made."""
        address, found = urlsplit(self.url), {"DATABASE_URL": self.url}
        for login in ("web", "worker", "bot", "userbot", "console"):
            made = urlsplit((self.folder / f"keys/migrate/{login.upper()}_DATABASE_URL").read_text().strip())
            netloc = f"{made.username}:{made.password}@{address.hostname}:{address.port}"
            found[f"{login.upper()}_DATABASE_URL"] = urlunsplit(address._replace(netloc=netloc))
        return found

    async def start(self, process: str) -> dict[str, str]:
        """Read the settings as a process of the running shop does."""
        own = {"DATABASE_URL": self.urls()[f"{process.upper()}_DATABASE_URL"]}
        key = {"SETTINGS_KEY_FILE": str(self.folder / f"keys/{process}/settings.key")}
        telegram = {"TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "a" * 32}
        environ = {**self.dotenv, **telegram, **own, **key}
        async with asyncio.timeout(60):
            whole = await wait_for_settings(process, PROCESSES[process], environ, asyncio.Event(), alive=lambda: None)
        assert whole is not None
        return dict(whole)


def steps_of_the_page(part: str) -> list[tuple[str, tuple[str, ...], bool]]:
    """Return the commands that a chapter of the page gives for Compose: service, words, and whether it reads a file."""
    chapter = PAGE.read_text().partition(f"## {part}\n")[2].partition("\n## ")[0]
    found = re.findall(r"docker compose (run|up)( .*)", chapter)
    steps = []
    for kind, rest in found:
        words = [word for word in shlex.split(rest.partition("<")[0]) if word not in {"--rm", "--no-deps", "-T"}]
        steps.append(("up" if kind == "up" else words[0], tuple(words[1:]), "<" in rest))
    return steps


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.fixture(autouse=True)
def usual_passwords(postgres_server: PostgresServer) -> Iterator[None]:
    """Give the logins their usual passwords after a test, because logins belong to the whole server."""
    yield
    for process in ("web", "worker", "bot", "userbot", "console"):
        postgres_server.execute(f"ALTER ROLE umbral_{process} PASSWORD 'umbral_{process}'")


@pytest.mark.parametrize("way", ["browser", "env"])
async def test_lost_server_is_restored_by_the_page_alone(
    new_database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient, way: str
) -> None:
    dotenv = dict(KEPT) if way == "browser" else {**KEPT, **SHOP}
    backups = tmp_path / "elsewhere"
    lost = Server(tmp_path / "lost", new_database_url, backups, dotenv, fork_client)
    assert (await lost.run("secrets", "secrets", "/keys")).status == 0
    assert (await lost.run("migrate", "migrate")).status == 0
    if way == "browser":
        async with open_setup(new_database_url) as setup:
            await enter(setup, str(lost.folder / "keys/settings/settings.key"), SHOP)
            await setup.finish()
    before = await lost.run("doctor", "doctor")
    assert ("they hold no copy of the key" in before.out) is (way == "browser"), before.out
    made = await lost.run("operator", "backup")
    assert made.status == 0, made.err
    checked = await lost.run("operator", "backup", "--verify")
    assert checked.status == 0, checked.err
    assert "they hold no copy of the key" not in (await lost.run("doctor", "doctor")).out
    lost_passwords = lost.urls()

    fresh = Server(tmp_path / "fresh", empty_database_url, backups, dotenv, fork_client)
    for service, words, _ in steps_of_the_page("Restore the database, or the whole server"):
        # `up` runs `secrets` first, and `migrate` unless it names `postgres` alone.
        if service == "up":
            assert (await fresh.run("secrets", "secrets", "/keys")).status == 0
            if "postgres" not in words:
                assert (await fresh.run("migrate", "migrate")).status == 0
        else:
            ran = await fresh.run(service, *words)
            assert ran.status == 0, ran.err

    assert fresh.urls() != lost_passwords
    for process in ("web", "worker", "bot", "userbot"):
        whole = await fresh.start(process)
        assert all(whole[name] == value for name, value in SHOP.items() if name in whole)
        assert whole["SHOP_LANGUAGE"] == SHOP["SHOP_LANGUAGE"]
        assert await fetch(fresh.urls()[f"{process.upper()}_DATABASE_URL"], "SELECT 1") == 1
    doctor = await fresh.run("doctor", "doctor")
    assert "SETTINGS_KEY_FILE" not in doctor.out + doctor.err
    assert "they hold no copy of the key" not in doctor.out


async def test_key_of_the_settings_is_put_back_by_hand_and_doctor_names_it_while_it_is_wrong(
    new_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    server = Server(tmp_path / "server", new_database_url, tmp_path / "copies", dict(KEPT), fork_client)
    file = server.folder / "keys/settings/settings.key"
    assert (await server.run("secrets", "secrets", "/keys")).status == 0
    copy = file.read_text()
    async with open_setup(new_database_url) as setup:
        await enter(setup, str(file), SHOP)
        await setup.finish()
    file.unlink()
    assert (await server.run("secrets", "secrets", "/keys")).status == 0
    assert file.read_text() != copy
    doctor = await server.run("operator", "doctor")
    assert (doctor.status, "this key opens none of the settings" in doctor.out) == (1, True), doctor.out
    assert "ADMIN_TELEGRAM_IDS was sealed" not in doctor.out

    steps = steps_of_the_page("Put back the key of the settings")
    assert [each[0] for each in steps] == ["secrets", "up"]
    for wrong in ("no key", copy.strip()[:-4]):
        refused = await server.run("secrets", *steps[0][1], stdin=wrong)
        assert (refused.status, "SETTINGS_KEY_FILE" in refused.err) == (1, True), refused.err
    put_back = await server.run("secrets", *steps[0][1], stdin=copy.strip())
    assert put_back.status == 0, put_back.err
    assert file.read_text() == copy
    assert "SETTINGS_KEY_FILE" not in (await server.run("operator", "doctor")).out
    assert (await server.run("migrate", "migrate")).status == 0, "`up` gives the logins their passwords"
    assert (await server.start("bot"))["BRAND_NAME"] == "Sol"
