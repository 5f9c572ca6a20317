"""Backups of a database on another host: over TLS, and with programs older than the server."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups import postgres
from subscriptions.infrastructure.backups.postgres import open_dump, open_restore
from subscriptions.infrastructure.backups.sealing import Keys
from subscriptions.infrastructure.backups.tunnel import local_address
from subscriptions.infrastructure.database.address import parse_url
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.tls_front import tls_front, write_certificate

# Messages of PostgreSQL's tools, version 15, about a server of version 18 and a dump of its pg_dump.
OLD_DUMP = """\
pg_dump: error: aborting because of server version mismatch
pg_dump: detail: server version: 18.6; pg_dump version: 15.18 (Debian 15.18-0+deb12u1)
"""
OLD_RESTORE = "pg_restore: error: unsupported version (1.16) in file header\n"


@pytest.mark.parametrize("asked", ["", "?sslmode=require", "?sslmode=verify-full&sslrootcert={certificate}"])
async def test_database_that_requires_tls_is_backed_up_and_restored(
    database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient, asked: str
) -> None:
    certificate, key = write_certificate(tmp_path), Keys.fresh()
    more = asked.format(certificate=certificate)
    async with tls_front(database_url, certificate) as source, tls_front(empty_database_url, certificate) as target:
        shop = Terminal({"DATABASE_URL": f"{source}{more}", "BACKUP_KEY": key}, fork_client)
        made = await shop.run("backup", "--to", str(tmp_path / "copies"))
        assert made.status == 0, made.err
        proved = await shop.run("backup", "--to", str(tmp_path / "copies"), "--verify")
        assert proved.status == 0, proved.err
        other = Terminal({"DATABASE_URL": f"{target}{more}", "BACKUP_KEY": key}, fork_client)
        back = await other.run("restore", made.out.splitlines()[-1])
        assert back.status == 0, back.err


async def test_tunnel_forwards_data_in_both_directions_at_once(tmp_path: Path) -> None:
    """The exchange is repeated often, because a tunnel whose TLS connection is used by two threads at once stops only
    in some of the attempts.
    """
    certificate, sent = write_certificate(tmp_path), bytes(300_000)

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    def exchange(url: str) -> None:
        with local_address(url) as address, socket.socket(socket.AF_UNIX) as tool:
            tool.settimeout(30)
            tool.connect(f"{parse_url(address).query['host']}/.s.PGSQL.5432")
            sending = threading.Thread(target=tool.sendall, args=(sent,))
            sending.start()
            with tool.makefile("rb") as received:
                assert received.read(len(sent)) == sent
            sending.join()

    async with await asyncio.start_server(repeat, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with tls_front(f"postgresql://u:p@127.0.0.1:{port}/d", certificate) as url:
            for _ in range(30):
                await asyncio.to_thread(exchange, url)


async def test_server_without_tls_is_reported(database_url: str, tmp_path: Path, fork_client: ForkClient) -> None:
    shop = Terminal({"DATABASE_URL": f"{database_url}?sslmode=require", "BACKUP_KEY": Keys.fresh()}, fork_client)
    refused = await shop.run("backup", "--to", str(tmp_path))
    assert refused.status == 1
    assert "offers no TLS" in refused.err


def test_backup_program_older_than_the_server_is_named_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, monkeypatch, "pg_dump", OLD_DUMP)
    with open_dump("postgresql://u@127.0.0.1:1/d", "x", b"") as dump, pytest.raises(BackupFailed) as refused:
        dump.read(100)
    assert str(refused.value).startswith("pg_dump 15.18 is older than the server, 18.6: install postgresql-client-18")
    assert "umbral-access[backup]" in str(refused.value)


def test_backup_program_older_than_the_backup_is_named_with_the_remedy(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, monkeypatch, "pg_restore", OLD_RESTORE)
    with open_restore(database_url, {}) as restore, pytest.raises(BackupFailed) as refused:
        restore.finish()
    assert str(refused.value).startswith("pg_restore is older than the pg_dump that made the backup: install")


def _install(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    """Install a fake PostgreSQL program in place of the one from the wheel."""
    words, tool = folder / "said", folder / name
    words.write_text(said)
    tool.write_text(f"#!/bin/sh\ncat {words} >&2\nexit 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
