"""The database is lost hours after the last backup. After the restore, the demo recovers the payments and changes made
since the backup.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from tests.support.demo import Demo, Person, eventually, running_demo
from tests.support.fork_clients import ForkClient
from tests.support.member import command, known_member, member, wait_until_idle
from umbral.demo.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.e2e, pytest.mark.long]


@pytest.fixture
def demo(tmp_path: Path, fork_client: ForkClient) -> Iterator[Demo]:
    with running_demo(tmp_path, fork_client=fork_client) as demo:
        yield demo


def lose_the_database(demo: Demo) -> None:
    """Stop the processes and replace the database with an empty one."""
    demo.stop()
    with EmbeddedPostgres(demo.folder / "data" / "postgres") as server:
        parts = urlsplit(server.url)
        asyncio.run(_emptied(urlunsplit(parts._replace(path="/template1")), parts.path.removeprefix("/")))


async def _emptied(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


def bring_back(demo: Demo, backup: str) -> None:
    """Restore the backup as docs/backups.md describes."""
    with EmbeddedPostgres(demo.folder / "data" / "postgres") as server:
        assert server.url == demo.facts["database_url"]
        command(demo, "restore", backup)


def report(demo: Demo) -> str | None:
    """Return the message to the owner about the restore, or None."""
    chat = Person(demo, int(demo.facts["admin_id"]))
    texts = [message["text"] for message in chat.messages() if message["from"]["is_bot"]]
    return next((text for text in texts if "se ha restaurado desde una copia" in text), None)


def test_purchase_made_after_the_backup_is_restored_without_repeated_messages(demo: Demo) -> None:
    ana = member(demo, "Ana")
    backup = command(demo, "backup", "--to", str(demo.folder / "copies")).splitlines()[-1]
    bea = member(demo, "Bea")
    of_ana, of_bea = ana.person.messages(), bea.seq()

    lose_the_database(demo)
    bring_back(demo, backup)
    demo.start()

    notified = eventually(lambda: report(demo), "the owner is told")
    assert "pagos: 1." in notified
    ready = "Tu canal exclusivo está listo"
    again = eventually(lambda: bea.person.sees(ready, button="Unirte al canal", after=of_bea), ready)
    assert bea.person.open(bea.person.press(again, "Unirte al canal")["value"])["result"] == "requested"
    bea.person.received("Ya estás dentro", after=of_bea)
    channel = next(
        each
        for each in demo.channels()
        if each["id"] != bea.channel_id and any(one["id"] == bea.person.id for one in each["members"])
    )
    known_member(demo, bea.person, int(channel["id"]), "Retabet").stands("active", "active")
    ana.stands("active", "active")
    wait_until_idle(demo)
    assert ana.person.messages() == of_ana
