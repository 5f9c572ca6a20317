"""Restore of backups in which somebody planted statements: only rows are taken from a backup, whoever made it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pyrage
import pytest
from pyrage import x25519

from subscriptions.infrastructure.backups.sealing import Keys
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Ran, Terminal
from tests.support.postgres import Server, database_name

KEY = Keys.fresh()
OWNER = "umbral_restoring_owner"
PLANTED = "umbral_planted"


@dataclass(frozen=True)
class Attack:
    """A shop whose backup is replaced by an attacker, and an empty database into which the backup is restored.

    proof: file that the attacker's statements would write
    """

    url: str
    empty: str
    folder: Path
    proof: Path
    fork_client: ForkClient

    async def run(self, url: str, *words: str, key: str = KEY) -> Ran:
        """Run a command with this database."""
        settings = {"DATABASE_URL": url, "BACKUP_TO": str(self.folder), "BACKUP_KEY": key}
        return await Terminal(settings, self.fork_client).run(*words)

    async def plant(self) -> None:
        """Add a function, a view and a trigger to the shop that write a file, and a trigger that creates an owner."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"""
            CREATE FUNCTION planted() RETURNS text LANGUAGE plpgsql AS $$
                BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {self.proof}'''; RETURN 'done'; END $$;
            CREATE MATERIALIZED VIEW planted_view AS SELECT planted() AS it WITH NO DATA;
            CREATE FUNCTION make_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
                BEGIN
                    IF current_database() <> '{database_name(self.url)}' THEN
                        PERFORM planted(); CREATE ROLE {PLANTED} SUPERUSER;
                    END IF;
                    RETURN NEW;
                END $$;
            CREATE TRIGGER planted AFTER INSERT OR UPDATE OR DELETE ON variables
                FOR EACH ROW EXECUTE FUNCTION make_owner();
            ALTER TABLE variables ENABLE ALWAYS TRIGGER planted;
            CREATE TABLE planted_table (it text DEFAULT planted());
            """)
            await connection.execute("INSERT INTO variables VALUES ('test', 'before', now())")
        finally:
            await connection.close()

    def reseal(self, *, change: bytes = b"", into: bytes = b"") -> None:
        """Seal the only backup again with the public half of its key, as an attacker can who has read the backup."""
        (path,) = self.folder.iterdir()
        identity, sink = x25519.Identity.from_str(KEY), io.BytesIO()
        Keys(KEY).open(io.BytesIO(path.read_bytes()), sink)
        plain = sink.getvalue()
        assert not change or change in plain
        path.write_bytes(pyrage.encrypt(plain.replace(change, into) if change else plain, [identity.to_public()]))

    async def harm(self, url: str) -> list[str]:
        """Return what the attacker achieved."""
        connection = await asyncpg.connect(url)
        try:
            found = await connection.fetch(
                "SELECT proname::text AS name FROM pg_proc WHERE proname IN ('planted', 'make_owner')"
                " UNION SELECT relname FROM pg_class WHERE relname LIKE 'planted%'"
                " UNION SELECT tgname FROM pg_trigger WHERE tgname = 'planted'"
                f" UNION SELECT rolname FROM pg_roles WHERE rolname = '{PLANTED}'"
            )
        finally:
            await connection.close()
        return [*(row["name"] for row in found), *(["the file"] if self.proof.exists() else [])]


@pytest.fixture
async def attack(new_database_url: str, empty_database_url: str, tmp_path: Path, fork_client: ForkClient) -> Attack:
    """Create a shop with planted statements, and back it up."""
    made = Attack(new_database_url, empty_database_url, tmp_path / "copies", tmp_path / "proof", fork_client)
    await made.plant()
    backup = await made.run(made.url, "backup")
    assert backup.status == 0, backup.err
    return made


async def test_planted_view_function_and_trigger_of_a_backup_do_nothing(attack: Attack) -> None:
    restored = await attack.run(attack.empty, "restore")

    assert restored.status == 0, restored.err
    assert await attack.harm(attack.empty) == []
    connection = await asyncpg.connect(attack.empty)
    try:
        assert await connection.fetchval("SELECT value FROM variables WHERE name = 'test'") == "before"
        await connection.execute("UPDATE variables SET value = 'after' WHERE name = 'test'")
    finally:
        await connection.close()
    assert await attack.harm(attack.empty) == []


async def test_backup_without_the_shops_signature_is_refused_unless_asked_for(attack: Attack) -> None:
    attack.reseal()

    for words in (("restore",), ("backup", "--verify")):
        refused = await attack.run(attack.empty if words == ("restore",) else attack.url, *words)
        assert (refused.status, "no signature of this shop" in refused.err) == (1, True), refused.err
    assert await attack.harm(attack.empty) == []

    verified = await attack.run(attack.url, "backup", "--verify", "--unsigned")
    assert verified.status == 0, verified.err
    restored = await attack.run(attack.empty, "restore", "--unsigned")
    assert restored.status == 0, restored.err
    assert await attack.harm(attack.empty) == []


@pytest.mark.parametrize(
    "statement",
    [
        "COPY public.variables (name, value, updated_at) FROM PROGRAM 'touch PROOF';",
        "COPY public.variables (name) FROM stdin; DROP TABLE customers;",
        "DO $$ BEGIN PERFORM planted(); END $$;",
        "\\! touch PROOF",
        "SELECT pg_catalog.setval('public.x', 1, true); SELECT public.planted();",
        'COPY public."variables"" (name) FROM stdin; --" (name, value, updated_at) FROM stdin;',
    ],
)
async def test_statement_in_place_of_a_tables_rows_is_refused(attack: Attack, statement: str) -> None:
    usual = b"COPY public.variables (name, value, updated_at) FROM stdin;\n"
    planted = statement.replace("PROOF", str(attack.proof)).encode()
    # An archive states the length of its strings: four bytes, the lowest first, after a sign.
    lengths = [b"\0" + len(each).to_bytes(4, "little") for each in (usual, planted)]
    attack.reseal(change=lengths[0] + usual, into=lengths[1] + planted)

    refused = await attack.run(attack.empty, "restore", "--unsigned")

    assert refused.status == 1, refused.out
    assert await attack.harm(attack.empty) == []
    assert re.search("only rows may be|other columns|the rows of a table have no end", refused.err), refused.err
    again = await attack.run(attack.empty, "restore", "--unsigned")
    assert again.err == refused.err, "the refused restore left an empty database"


async def test_rows_other_than_the_header_states_are_refused(attack: Attack) -> None:
    attack.reseal(change=b'"variables": 1', into=b'"variables": 2')

    refused = await attack.run(attack.empty, "restore", "--unsigned")

    assert (refused.status, "does not hold what it was made of" in refused.err) == (1, True), refused.err


async def test_owner_without_superuser_rights_restores_a_backup(
    attack: Attack, postgres_server: Server, empty_database_url: str
) -> None:
    name = database_name(empty_database_url)
    postgres_server.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{OWNER}'")
    postgres_server.execute(f'ALTER DATABASE "{name}" OWNER TO {OWNER}')
    address = urlsplit(empty_database_url)
    url = urlunsplit(address._replace(netloc=f"{OWNER}:{OWNER}@{address.hostname}:{address.port}"))
    try:
        restored = await attack.run(url, "restore")
        assert restored.status == 0, restored.err
        assert await attack.harm(empty_database_url) == []
    finally:
        postgres_server.execute(f'ALTER DATABASE "{name}" OWNER TO CURRENT_USER')
        connection = await asyncpg.connect(empty_database_url)
        await connection.execute(f"REASSIGN OWNED BY {OWNER} TO CURRENT_USER; DROP OWNED BY {OWNER}")
        await connection.close()
        postgres_server.execute(f"DROP ROLE {OWNER}")


async def test_restored_database_has_the_definitions_that_the_migrations_make(
    attack: Attack, new_database_url: str
) -> None:
    restored = await attack.run(attack.empty, "restore")
    assert restored.status == 0, restored.err
    query = (
        "SELECT json_object_agg(name, definition ORDER BY name) FROM ("
        "SELECT relname || '.' || tgname, pg_get_triggerdef(pg_trigger.oid) || tgenabled::text FROM pg_trigger"
        " JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND tgname <> 'planted'"
        " UNION SELECT relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint"
        " JOIN pg_class ON pg_class.oid = conrelid WHERE relnamespace = 'public'::regnamespace"
        " UNION SELECT oid::regprocedure::text, md5(prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proname NOT IN ('planted', 'make_owner', 'umbral_present')"
        " UNION SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'S', 'v') AND relname <> 'planted_table') AS made (name, definition)"
    )
    found = []
    for url in (new_database_url, attack.empty):
        connection = await asyncpg.connect(url)
        found.append(json.loads(await connection.fetchval(query)))
        await connection.close()
    assert found[0] == found[1]
