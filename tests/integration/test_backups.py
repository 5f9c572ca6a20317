"""`umbral backup` and `umbral restore` with a real PostgreSQL, a folder and an S3-compatible store."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from watchfiles import awatch

from subscriptions.bootstrap import migrate
from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups.postgres import open_dump, open_restore
from subscriptions.infrastructure.backups.sealing import Keys
from tests.support.api_client import NEEDS_API
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.postgres import Server, as_process, in_own_thread
from tests.support.s3 import Bucket, s3_store
from tests.upgrade import earlier

KEY = Keys.fresh()
OLDER = "188_guard_queue_keys"
"""Revision of an earlier version's tables."""
LOOK_S = 0.03
"""Seconds between two checks of a database. Each check opens its own connection."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """Create an empty bucket."""
    with s3_store() as bucket:
        yield bucket


def settings(url: str, to: Path) -> Mapping[str, str]:
    return {"DATABASE_URL": url, "BACKUP_TO": str(to), "BACKUP_KEY": KEY}


async def execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def remember(url: str, what: str) -> None:
    await execute(url, f"INSERT INTO variables VALUES ('test', '{what}', now()) RETURNING name")


async def remembered(url: str) -> object:
    return await execute(url, "SELECT value FROM variables WHERE name = 'test'")


def files(folder: Path) -> set[Path]:
    return set(folder.iterdir())


async def large(url: str, megabytes: int) -> None:
    """Fill a table with this many megabytes of incompressible data, so that a backup is sent in several parts."""
    connection = await asyncpg.connect(url)
    try:
        await connection.executemany(
            "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at, origin)"
            " VALUES (gen_random_uuid(), 'x', $1, '{}', $2, 'applied', 0, now(), 'told')",
            ((str(number), os.urandom(1 << 20)) for number in range(megabytes)),
        )
    finally:
        await connection.close()


async def test_backup_is_restored_from_a_folder(
    database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    await remember(database_url, "before")
    terminal = Terminal(settings(database_url, tmp_path / "copies"), fork_client)

    made = await terminal.run("backup")
    assert made.status == 0, made.err
    await execute(database_url, "UPDATE variables SET value = 'after' WHERE name = 'test' RETURNING name")
    proved = await terminal.run("backup", "--verify")
    assert (proved.status, "holds the same data" in proved.out) == (0, True), proved.err
    (listed,) = json.loads((await terminal.run("backup", "--list", "--json")).out)
    assert made.out.splitlines()[-1] == str(tmp_path / "copies" / listed["name"])

    back = await Terminal(settings(empty_database_url, tmp_path / "copies"), fork_client).run("restore")
    assert (back.status, "Start the processes" in back.out) == (0, True), back.err
    assert await remembered(empty_database_url) == "before"
    assert KEY not in made.out + made.err + back.out + back.err


@NEEDS_API
@pytest.mark.parametrize("moved", [False, True])
async def test_revoked_access_is_not_restored(
    database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient, moved: bool
) -> None:
    terminal = Terminal(settings(database_url, tmp_path / "copies"), fork_client)
    for name in ("core", "leaked"):
        assert (await terminal.run("keys", "add", name)).status == 0
    visit = "INSERT INTO console_visits (link, person, offered_at, key, entered_at) VALUES ('l', 7, now(), 'k', now())"
    await execute(database_url, visit)
    assert (await terminal.run("backup")).status == 0
    assert (await terminal.run("keys", "revoke", "leaked")).status == 0

    back = Terminal(settings(empty_database_url, tmp_path / "copies"), fork_client)
    restored = await back.run("restore", *(["--moved"] if moved else []))
    assert restored.status == 0, restored.err
    assert ("umbral keys confirm" in restored.out) is not moved
    assert await execute(empty_database_url, "SELECT count(*) FROM console_visits") == int(moved)
    opening = "SELECT string_agg(name, ' ' ORDER BY name) FROM api_keys WHERE held_at IS NULL"
    assert await execute(empty_database_url, opening) == ("core leaked" if moved else None)
    if moved:
        return
    held = json.loads((await back.run("keys", "list", "--json")).out)
    assert [(each["name"], each["opens"]) for each in held] == [("core", "held"), ("leaked", "held")]
    assert (await back.run("keys", "confirm", "core")).status == 0
    assert (await back.run("keys", "confirm", "nobody")).status == 1
    assert await execute(empty_database_url, opening) == "core"


async def test_worker_login_can_back_up_and_verification_names_the_missing_database_right(
    database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    terminal = Terminal(settings(as_process(database_url, "worker"), tmp_path), fork_client)
    assert (await terminal.run("backup")).status == 0
    proved = await terminal.run("backup", "--verify")
    assert (proved.status, "ALTER ROLE umbral_worker CREATEDB" in proved.err) == (1, True), proved.err
    await execute(database_url, "ALTER ROLE umbral_worker CREATEDB")
    try:
        proved = await terminal.run("backup", "--verify")
    finally:
        await execute(database_url, "ALTER ROLE umbral_worker NOCREATEDB")
    assert proved.status == 0, proved.err


async def test_large_backup_is_uploaded_in_parts_and_restored(
    database_url: str, empty_database_url: str, bucket: Bucket, fork_client: ForkClient
) -> None:
    await large(database_url, 20)
    reported = {"BACKUP_KEY": KEY, **bucket.settings}

    made = await Terminal({"DATABASE_URL": database_url, **reported}, fork_client).run("backup")
    assert made.status == 0, made.err
    (name,) = bucket.objects
    assert name.startswith("night/umbral-")
    assert not bucket.uploads, "parts of an upload were left"
    back = await Terminal({"DATABASE_URL": empty_database_url, **reported}, fork_client).run("restore")
    assert back.status == 0, back.err
    assert await execute(empty_database_url, "SELECT sum(length(body)) FROM webhook_inbox") == 20 * 1024 * 1024


async def test_upload_refused_by_the_storage_is_reported_without_a_traceback_or_secret(
    database_url: str, bucket: Bucket, fork_client: ForkClient
) -> None:
    bucket.refuses = True

    refused = await Terminal({"DATABASE_URL": database_url, "BACKUP_KEY": KEY, **bucket.settings}, fork_client).run(
        "backup"
    )

    assert refused.status == 1
    assert "umbral backup: " in refused.err
    assert "Traceback" not in refused.err
    assert bucket.settings["BACKUP_S3_SECRET"] not in refused.err


async def test_impossible_restore_is_refused_and_changes_nothing(
    database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    there = Terminal(settings(database_url, tmp_path), fork_client)
    here = Terminal(settings(empty_database_url, tmp_path), fork_client)
    assert (await here.run("restore")).err.strip() == f"umbral restore: there is no backup at all in {tmp_path}"
    assert (await there.run("backup")).status == 0

    full = await there.run("restore")
    assert (full.status, "is not empty" in full.err, "CREATE DATABASE" in full.err) == (1, True, True)
    other_key = await here.run("restore", BACKUP_KEY=Keys.fresh())
    assert (other_key.status, "is not the key it was sealed with" in other_key.err) == (1, True)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for size in (0, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        cut = await here.run("restore")
        assert (cut.status, "cut off" in cut.err) == (1, True), (size, cut.err)
    path.write_bytes(whole)
    assert (await here.run("restore")).status == 0, "the refused restores left the database as good as empty"


async def test_backup_with_an_unknown_schema_is_refused_and_with_an_older_schema_migrated(
    postgres_server: Server, empty_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    older = postgres_server.create()
    try:
        in_own_thread(lambda: migrate.create_tables(older, OLDER, {"webhooks": "head"}))
        await remember(older, "older")
        assert (await Terminal(settings(older, tmp_path / "old"), fork_client).run("backup")).status == 0
        for folder, revision in (("new", "999_of_tomorrow"), ("first", earlier.REVISION)):
            await execute(older, f"UPDATE alembic_version SET version_num = '{revision}' RETURNING 1")
            assert (await Terminal(settings(older, tmp_path / folder), fork_client).run("backup")).status == 0
        await execute(older, f"UPDATE alembic_version SET version_num = '{OLDER}' RETURNING 1")
        await execute(older, "ALTER TABLE alembic_version_webhooks RENAME TO alembic_version_unknown")
        assert (await Terminal(settings(older, tmp_path / "other"), fork_client).run("backup")).status == 0
    finally:
        postgres_server.drop(older)

    newer = await Terminal(settings(empty_database_url, tmp_path / "new"), fork_client).run("restore")
    assert (newer.status, "made by a newer version" in newer.err, "999_of_tomorrow" in newer.err) == (1, True, True)
    for folder, reason in (("first", "made before version 1.0.0"), ("other", "it has tables of unknown")):
        refused = await Terminal(settings(empty_database_url, tmp_path / folder), fork_client).run("restore")
        assert (refused.status, reason in refused.err) == (1, True), refused.err
    back = await Terminal(settings(empty_database_url, tmp_path / "old"), fork_client).run("restore")
    assert back.status == 0, back.err
    assert await remembered(empty_database_url) == "older"
    assert in_own_thread(lambda: asyncio.run(migrate.current(empty_database_url))) == migrate.newest_revision()


@pytest.mark.long
async def test_killed_backup_leaves_no_complete_file(
    database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    await large(database_url, 40)
    terminal = Terminal(settings(database_url, tmp_path))

    async with terminal.typing("backup") as command, asyncio.timeout(90):
        async for _ in awatch(tmp_path):
            break
        command.process.send_signal(signal.SIGKILL)
        await command.process.wait()

    assert (
        json.loads(
            (await Terminal(settings(database_url, tmp_path), fork_client).run("backup", "--list", "--json")).out
        )
        == []
    )
    left = files(tmp_path)
    for path in left:
        os.utime(path, (0, 0))
    assert (await Terminal(settings(database_url, tmp_path), fork_client).run("backup")).status == 0
    assert not left & files(tmp_path), "what was left half written is taken away after a day"


@pytest.mark.long
async def test_killed_restore_is_begun_again(
    database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    await large(database_url, 40)
    assert (await Terminal(settings(database_url, tmp_path), fork_client).run("backup")).status == 0
    here = Terminal(settings(empty_database_url, tmp_path))
    at_work = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = 'umbral backup' AND datname = current_database() AND query LIKE 'COPY%'"
    )

    async with here.typing("restore") as command, asyncio.timeout(90):
        while not await execute(empty_database_url, at_work):
            assert command.process.returncode is None
            await asyncio.sleep(LOOK_S)
        command.process.send_signal(signal.SIGKILL)
        await command.process.wait()
        while True:
            if not await execute(empty_database_url, at_work.replace("AND query LIKE 'COPY%'", "")):
                break
            await asyncio.sleep(LOOK_S)

    assert await execute(empty_database_url, "SELECT count(*) FROM webhook_inbox") == 0
    assert (await Terminal(settings(empty_database_url, tmp_path), fork_client).run("restore")).status == 0
    assert await execute(empty_database_url, "SELECT count(*) FROM webhook_inbox") == 40


@NEEDS_API
@pytest.mark.long
async def test_restore_killed_between_its_parts_resumes_and_disables_api_keys(
    database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    await execute(database_url, "INSERT INTO variables VALUES ('place', 'there', now()) RETURNING name")
    await execute(
        database_url, "INSERT INTO variables VALUES ('clock_seen', '2026-03-12T21:00:00+00:00', now()) RETURNING 1"
    )
    terminal = Terminal(settings(database_url, tmp_path), fork_client)
    assert (await terminal.run("keys", "add", "leaked")).status == 0
    assert (await terminal.run("backup")).status == 0
    assert (await terminal.run("keys", "revoke", "leaked")).status == 0
    here = Terminal(settings(empty_database_url, tmp_path))
    opens = "SELECT count(*) FROM api_keys WHERE held_at IS NULL"

    connection = await asyncpg.connect(empty_database_url)
    try:
        # First restored but not yet migrated; then migrated with the keys not yet on hold.
        for table in ("alembic_version", "api_keys"):
            async with here.typing("restore") as command, asyncio.timeout(90):
                while not await connection.fetchval(
                    f"SELECT to_regclass('public.{table}') IS NOT NULL"
                    " AND to_regclass('public.umbral_restore_begun') IS NULL"
                ):
                    assert command.process.returncode is None
                    await asyncio.sleep(LOOK_S)
                async with connection.transaction():
                    await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                    waits = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted"
                    while not await connection.fetchval(waits):
                        assert command.process.returncode is None
                        await asyncio.sleep(LOOK_S)
                    command.process.send_signal(signal.SIGKILL)
                    await command.process.wait()
            assert await connection.fetchval(opens) == 1
    finally:
        await connection.close()

    moved = await here.run("restore", "--moved")
    assert (moved.status, "is not empty" in moved.err) == (1, True), moved.err
    back = await here.run("restore")
    assert back.status == 0, back.err
    assert "interrupted" in back.out
    assert "as of 2026-03-12 21:00" in back.out
    assert "umbral keys confirm" in back.out
    assert await execute(empty_database_url, opens) == 0
    assert await execute(empty_database_url, "SELECT count(*) FROM api_keys") == 1


async def test_database_copy_of_a_killed_backup_verification_is_deleted_soon(
    database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    terminal = Terminal(settings(database_url, tmp_path), fork_client)
    assert (await terminal.run("backup")).status == 0
    own = "(SELECT oid FROM pg_database WHERE datname = current_database())"
    copies = f"SELECT count(*) FROM pg_database WHERE datname LIKE 'umbral_verify_' || {own} || '_%'"

    async with Terminal(terminal.settings).typing("backup", "--verify") as command, asyncio.timeout(90):
        while not await execute(database_url, copies):
            assert command.process.returncode is None
            await asyncio.sleep(LOOK_S)
        command.process.send_signal(signal.SIGKILL)
        await command.process.wait()

    assert await execute(database_url, copies) == 1
    both = await asyncio.gather(terminal.run("backup", "--verify"), terminal.run("backup", "--verify"))
    assert [each.status for each in both] == [0, 0], [each.err for each in both]
    assert await execute(database_url, copies) == 0


async def test_two_concurrent_backups_both_succeed(database_url: str, tmp_path: Path, fork_client: ForkClient) -> None:
    terminal = Terminal(settings(database_url, tmp_path) | {"BACKUP_KEEP_DAILY": "7"}, fork_client)

    both = await asyncio.gather(terminal.run("backup"), terminal.run("backup"))

    assert [each.status for each in both] == [0, 0], [each.err for each in both]
    assert (await terminal.run("backup", "--verify")).status == 0


async def test_backup_folder_and_file_are_accepted_as_arguments(
    database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient
) -> None:
    here = {"BACKUP_KEY": KEY}

    made = await Terminal({"DATABASE_URL": database_url, **here}, fork_client).run(
        "backup", "--to", str(tmp_path / "x")
    )
    assert made.status == 0, made.err
    back = await Terminal({"DATABASE_URL": empty_database_url, **here}, fork_client).run(
        "restore", made.out.splitlines()[-1]
    )
    assert back.status == 0, back.err
    missing = await Terminal({"DATABASE_URL": database_url}, fork_client).run("backup", "--to", str(tmp_path / "x"))
    assert (missing.status, "BACKUP_KEY" in missing.err) == (2, True)


def test_failing_pg_dump_or_pg_restore_is_named_with_its_reason(postgres_server: Server) -> None:
    url = postgres_server.create()
    with open_dump(url, "00000000-0-1", b"head") as dump:
        assert dump.read(100) == b"head"
        with pytest.raises(BackupFailed, match=r"^pg_dump: .*snapshot"):
            dump.read(100)
    postgres_server.drop(url)
    with open_restore(url, {}) as restore, pytest.raises(BackupFailed, match=r"^the database says: "):
        restore.finish()
