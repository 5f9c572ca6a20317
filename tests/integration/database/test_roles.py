"""Rights of each process in the database, declared once and tested."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from subscriptions.infrastructure.database import grants
from tests.fakes.selling import selling
from tests.fakes.units import Units

EVERY = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
APPEND_ONLY = ("audit_log", "ledger_entries", "receipts")
REFUSED = asyncpg.InsufficientPrivilegeError
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
AND has_column_privilege($2, attrelid, attnum, $3)
"""
WORDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner of the tables."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def tables(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return [row[0] for row in rows]


async def becomes(connection: asyncpg.Connection, process: str) -> None:
    await connection.execute(f"SET ROLE {grants.role_of(process)}")


async def test_each_table_has_declared_rights(owner: asyncpg.Connection) -> None:
    """If a table is missing here, declare the rights of each process in `grants.tables()`."""
    assert await tables(owner) == sorted(grants.tables())


@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_process_has_exactly_the_declared_rights(owner: asyncpg.Connection, process: str) -> None:
    role, wrong = grants.role_of(process), []
    for table in await tables(owner):
        groups = [group.partition(":") for group in getattr(grants.tables()[table], process).split()]
        whole = {WORDS[letter] for letters, _, columns in groups if not columns for letter in letters}
        parts = {WORDS[letters]: columns.split(",") for letters, _, columns in groups if columns}
        for right in EVERY:
            may = await owner.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, right)
            if may != (right in whole):
                wrong.append((table, right, may))
        for right in {"SELECT", "INSERT", "UPDATE"} - whole:
            rows = await owner.fetch(COLUMNS, table, role, right)
            if {row[0] for row in rows} != {*parts.get(right, ())}:
                wrong.append((table, right, rows))
    assert wrong == []


@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_process_cannot_alter_tables(owner: asyncpg.Connection, process: str) -> None:
    await becomes(owner, process)
    for table in await tables(owner):
        for statement in (
            f"ALTER TABLE {table} ADD COLUMN more text",
            f"DROP TABLE {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ):
            with pytest.raises(REFUSED):
                await owner.execute(statement)
    for statement in (
        "CREATE TABLE public.mine (id int)",
        "CREATE ROLE somebody",
        "SET session_replication_role = replica",
        "COPY variables TO PROGRAM 'cat'",
    ):
        with pytest.raises(REFUSED):
            await owner.execute(statement)


@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_process_cannot_overwrite_append_only_tables(owner: asyncpg.Connection, process: str) -> None:
    await becomes(owner, process)
    for table in APPEND_ONLY:
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(REFUSED):
                await owner.execute(statement)


@pytest.mark.parametrize("what", ["session", "phone", "*", "telegram_id"])
async def test_web_login_cannot_read_userbot_accounts(owner: asyncpg.Connection, what: str) -> None:
    await becomes(owner, "web")
    with pytest.raises(REFUSED):
        await owner.execute(f"SELECT {what} FROM userbot_accounts")


@pytest.mark.parametrize(
    "table",
    ["customers", "vip_entries", "ledger_entries", "receipts", "bot_updates", "dialogues"],
)
async def test_web_login_cannot_read_personal_data(owner: asyncpg.Connection, table: str) -> None:
    await becomes(owner, "web")
    for statement in (f"SELECT * FROM {table}", f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
        with pytest.raises(REFUSED):
            await owner.execute(statement)


async def test_web_login_cannot_read_change_or_delete_codes(owner: asyncpg.Connection) -> None:
    await becomes(owner, "web")
    codes = "activation_tokens"
    for statement in (f"SELECT * FROM {codes}", f"DELETE FROM {codes}", f"UPDATE {codes} SET used_at = NULL"):
        with pytest.raises(REFUSED):
            await owner.execute(statement)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("customers", "telegram_id"),
        ("customers", "source"),
        ("activation_tokens", "token"),
        ("activation_tokens", "note"),
    ],
)
async def test_web_login_cannot_read_private_columns_of_a_readable_table(
    owner: asyncpg.Connection, table: str, column: str
) -> None:
    await becomes(owner, "web")
    await owner.execute(f"SELECT id, created_at FROM {table}")
    with pytest.raises(REFUSED):
        await owner.execute(f"SELECT {column} FROM {table}")


@pytest.fixture
async def lines(units: Units, owner: asyncpg.Connection) -> asyncpg.Connection:
    """Store one row in each append-only table, and return the owner's connection."""
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    await owner.execute(
        "INSERT INTO audit_log (actor, action, subject, why, at, facts)"
        " VALUES ('admin:1', 'customer.barred', 'customer:7', 'because', now(), '{\"name\": \"Ana\"}')"
    )
    await owner.execute(
        "INSERT INTO ledger_entries (subscription_id, kind, source_key, starts_at, length, note, created_at)"
        " VALUES ($1, 'payment', 'by-hand', now(), interval '1 day', 'for Ana', now())",
        sale.subscription.id,
    )
    await owner.execute(
        "INSERT INTO receipts (id, kind, series, year, number, source_id, payment_id, order_id, customer_id,"
        " customer_ref, plan_name, provider, amount_minor, amount_currency, issuer, issued_at)"
        " VALUES (gen_random_uuid(), 'receipt', 'R', 2026, 1, gen_random_uuid(), $1, $2, $3, 'Ana', 'Plan', 'memory',"
        " 100, 'EUR', 'Me', now())",
        sale.payment.id,
        sale.order.id,
        sale.customer.id,
    )
    return owner


CHANGES = [
    "UPDATE audit_log SET action = 'nothing'",
    "UPDATE audit_log SET why = 'another reason'",
    'UPDATE audit_log SET facts = \'{"name": "Eva"}\'',
    "UPDATE ledger_entries SET length = interval '10 years'",
    "UPDATE receipts SET amount_minor = 1",
    "UPDATE receipts SET customer_ref = 'Eva'",
    "UPDATE receipts SET customer_ref = '', number = 2",
    *(f"DELETE FROM {table}" for table in APPEND_ONLY),
    *(f"TRUNCATE {table} CASCADE" for table in APPEND_ONLY),
]


@pytest.mark.parametrize("statement", CHANGES)
async def test_owner_cannot_change_append_only_rows(lines: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match=r"append-only|may be blanked"):
        await lines.execute(statement)


BLANKING = (
    "UPDATE audit_log SET actor = '', subject = '', why = '', facts = '{}'",
    "UPDATE ledger_entries SET note = ''",
    "UPDATE receipts SET customer_ref = ''",
)


async def test_only_personal_fields_can_be_blanked(lines: asyncpg.Connection) -> None:
    before = {table: dict(await lines.fetchrow(f"SELECT * FROM {table}")) for table in APPEND_ONLY}
    for process in ("web", "bot", "userbot"):
        await becomes(lines, process)
        for statement in BLANKING:
            with pytest.raises(REFUSED):
                await lines.execute(statement)
    await becomes(lines, "worker")
    for statement in BLANKING:
        assert await lines.execute(statement) == "UPDATE 1"
    with pytest.raises(asyncpg.RestrictViolationError):
        await lines.execute("UPDATE audit_log SET why = 'another reason'")
    after = {table: dict(await lines.fetchrow(f"SELECT * FROM {table}")) for table in APPEND_ONLY}

    changed = {
        f"{table}.{name}" for table in after for name in after[table] if after[table][name] != before[table][name]
    }
    assert changed == {
        *("audit_log.actor", "audit_log.subject", "audit_log.why", "audit_log.facts"),
        *("ledger_entries.note", "receipts.customer_ref"),
    }
