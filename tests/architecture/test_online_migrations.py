"""Revisions newer than `BLOCKING_UP_TO` do not block other sessions: statements that lock a large table for long are
refused.
"""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from subscriptions.infrastructure.database.online_changes import BLOCKING_UP_TO, LARGE
from subscriptions.infrastructure.database.tables import metadata
from tests.support.each_case import each_case
from tests.support.removed import of_all_features

VERSIONS: Final = Path(__file__).parents[2] / "migrations" / "versions"
"""Folder of the revisions. Its subfolder `baseline` is not tested, because a baseline creates a new database without
other sessions.
"""
_TABLE: Final = r'(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?(?:public\.)?"?(?P<table>\w+)"?'
_ALTER: Final = re.compile(rf"^ALTER TABLE\s+{_TABLE}\s+(?P<what>.*)", re.I | re.S)
_CREATE_TABLE: Final = re.compile(rf"^CREATE TABLE\s+(?:IF NOT EXISTS\s+)?{_TABLE}", re.I)
_INDEX: Final = re.compile(
    rf"^CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?P<apart>CONCURRENTLY\s+)?(?:IF NOT EXISTS\s+)?.*?\bON\s+{_TABLE}", re.I | re.S
)
_WRITES: Final = re.compile(
    rf"^(?:UPDATE|DELETE\s+FROM|LOCK(?:\s+TABLE)?|CLUSTER|TRUNCATE(?:\s+TABLE)?)\s+{_TABLE}", re.I
)
_BATCH: Final = re.compile(r"WHERE ctid = ANY \(ARRAY\(\s*SELECT ctid FROM .* LIMIT \d+ FOR UPDATE\s*\)\)$", re.S)
"""Pattern of the end of the statements that `online_changes.backfill` executes in batches."""
_TRIGGER: Final = re.compile(
    rf"^CREATE\s+(?:OR REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s+.*?\bON\s+{_TABLE}", re.I | re.S
)
_NAMES_OF_ALTER: Final = {
    "a column's type is changed: add a column, `backfill` it, and read the new one": r"\bTYPE\b",
    "NOT NULL reads the whole table: add a check of it NOT VALID, and `validate_constraint`": r"\bSET NOT NULL\b",
    "a stored or identity column writes the table anew": r"\bGENERATED\b|\bADD COLUMN\b[^,]*\b(?:BIG|SMALL)?SERIAL\b",
    "a default that differs by row writes the table anew": r"\bADD COLUMN\b[^,]*\bDEFAULT\s+(?!now\b)[a-z_]+\s*\(",
    "a key or unique constraint builds an index: `create_index` first, then ADD CONSTRAINT … USING INDEX": (
        r"\bADD\b(?:(?!\bADD\b|\bUSING INDEX\b).)*\b(?:UNIQUE|PRIMARY KEY|EXCLUDE)\b(?!(?:(?!\bADD\b).)*USING INDEX)"
    ),
    "a foreign key reads both tables: add it NOT VALID, and `validate_constraint` in the next revision": (
        r"\b(?:FOREIGN KEY|REFERENCES)\b(?!(?:(?!\bADD\b).)*NOT VALID)"
    ),
    "a check reads the whole table: add it NOT VALID, and `validate_constraint` in the next revision": (
        r"\bADD\b(?:(?!\bADD\b).)*\bCHECK\b(?!(?:(?!\bADD\b).)*NOT VALID)"
    ),
}


def blocking(statements: Sequence[str]) -> list[str]:
    """Return the blocking statements of one revision, each with its remedy."""
    made = {match["table"] for each in statements if (match := _CREATE_TABLE.match(each))}
    found, altered = list[str](), set[str]()
    for statement in statements:
        index, alter, writes = _INDEX.match(statement), _ALTER.match(statement), _WRITES.match(statement)
        trigger, created = _TRIGGER.match(statement), _CREATE_TABLE.match(statement)
        match = index or alter or writes or trigger
        table = match["table"].lower() if match else ""
        if created and (large := {each for each in LARGE if re.search(rf"REFERENCES\s+{each}\b", statement, re.I)}):
            altered |= large
        if table not in LARGE or table in made:
            continue
        if index and not index["apart"]:
            found.append(f"{table}: an index is built under a lock: `online_changes.create_index`")
        elif writes and not _BATCH.search(statement):
            found.append(f"{table}: many rows are written in one transaction: `online_changes.backfill`")
        elif alter:
            found += [
                f"{table}: {name}"
                for name, form in _NAMES_OF_ALTER.items()
                if re.search(form, alter["what"], re.I | re.S)
            ]
        if (alter and "VALIDATE CONSTRAINT" not in statement) or trigger:
            altered.add(table)
    if len(altered) > 1:
        found.append(f"{', '.join(sorted(altered))}: one revision locks one large table, so that nobody waits for two")
    return found


def is_mixed(statements: Sequence[str]) -> bool:
    """Return True if a revision combines a step that commits on its own with other steps."""
    apart = [
        bool(re.search(r"\bCONCURRENTLY\b|\bVALIDATE CONSTRAINT\b|^UPDATE .*\bctid\b", each)) for each in statements
    ]
    return any(apart) and not all(apart)


def statements_of(module: ModuleType, step: str) -> list[str]:
    """Return the SQL of one direction of a revision, without comments and settings."""
    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer, "transaction_per_migration": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context), context.begin_transaction(_per_migration=True):
        getattr(module, step)()
    sql = re.sub(r"--[^\n]*", "", buffer.getvalue())
    parts = [part.strip() for part in re.split(r";\s*\n", sql)]
    return [part for part in parts if part and not re.match(r"(SET|BEGIN|COMMIT)\b", part)]


def newer_revisions() -> list[Path]:
    """Return the revisions that these rules apply to."""
    paths = sorted([*VERSIONS.glob("*.py"), *VERSIONS.glob("before/*.py")])
    return [path for path in paths if int(path.name.split("_")[0]) > BLOCKING_UP_TO]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@each_case("path", newer_revisions(), ids=lambda path: path.stem)
@each_case("step", ["upgrade", "downgrade"])
def test_new_revision_does_not_block_other_sessions(path: Path, step: str) -> None:
    statements = statements_of(load(path), step)
    if step == "upgrade":
        assert blocking(statements) == []
    assert not is_mixed(statements), "a step that commits by itself is the only one of its revision"


@pytest.mark.parametrize("path", newer_revisions(), ids=lambda path: path.stem)
def test_new_revision_runs_non_transactional_statements_by_helpers_only(path: Path) -> None:
    source = path.read_text()
    assert "autocommit_block" not in source, (
        "use online_changes.create_index, drop_index, validate_constraint, backfill"
    )
    assert not re.search(r"INDEX\s+CONCURRENTLY", source), "use online_changes.create_index or drop_index"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX ix ON customers (zone)",
        "CREATE UNIQUE INDEX IF NOT EXISTS ix ON public.orders (id) WHERE status = 'open'",
        "CREATE INDEX ON payments USING gin (facts)",
        "ALTER TABLE customers ALTER COLUMN zone SET NOT NULL",
        "ALTER TABLE customers ALTER COLUMN zone TYPE text",
        "ALTER TABLE customers ALTER zone SET DATA TYPE varchar(9)",
        "ALTER TABLE ONLY orders ADD CONSTRAINT c CHECK (paid_at > '2020-01-01')",
        "ALTER TABLE orders DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (x IN ('a', 'b'))",
        "ALTER TABLE orders ADD COLUMN n integer, ADD CHECK (n > 0)",
        "ALTER TABLE orders ADD COLUMN n integer CHECK (n > 0)",
        "ALTER TABLE orders ADD CONSTRAINT c UNIQUE (n)",
        "ALTER TABLE orders ADD PRIMARY KEY (n)",
        "ALTER TABLE orders ADD COLUMN n uuid UNIQUE",
        "ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (plan_id) REFERENCES service_plans (id)",
        "ALTER TABLE orders ADD COLUMN plan_id uuid REFERENCES service_plans (id)",
        "ALTER TABLE orders ADD COLUMN n uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE orders ADD COLUMN n bigserial",
        "ALTER TABLE orders ADD COLUMN n integer GENERATED ALWAYS AS (1) STORED",
        "UPDATE customers SET zone = 'UTC'",
        "DELETE FROM notifications WHERE kind = 'x'",
        "LOCK TABLE customers IN ACCESS EXCLUSIVE MODE",
        "TRUNCATE bot_updates",
        "CLUSTER customers USING pk_customers",
    ],
)
def test_statement_that_blocks_a_large_table_is_refused(statement: str) -> None:
    assert len(blocking([statement])) == 1


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON customers (zone)"],
        ["CREATE TABLE notes (id uuid PRIMARY KEY, n int CHECK (n > 0))", "CREATE INDEX ix ON notes (n)"],
        ["ALTER TABLE customers ADD COLUMN city text, ADD COLUMN at timestamptz DEFAULT now()"],
        ["ALTER TABLE customers ADD COLUMN city text NOT NULL DEFAULT ''"],
        ["ALTER TABLE customers ADD CONSTRAINT c CHECK (zone IS NOT NULL) NOT VALID"],
        ["ALTER TABLE orders DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (x IN ('a', 'b')) NOT VALID"],
        ["ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (plan_id) REFERENCES service_plans (id) NOT VALID"],
        ["ALTER TABLE orders ADD CONSTRAINT c UNIQUE USING INDEX ix"],
        ["ALTER TABLE customers VALIDATE CONSTRAINT c"],
        [
            "UPDATE customers SET zone = 'UTC' WHERE ctid = ANY (ARRAY(SELECT ctid FROM customers"
            " WHERE zone IS NULL LIMIT 5000 FOR UPDATE))"
        ],
        ["ALTER TABLE customers DROP COLUMN city"],
        ["ALTER TABLE takeovers ADD CONSTRAINT c CHECK (status <> '')", "UPDATE takeovers SET status = 'done'"],
    ],
)
def test_statement_that_does_not_block_a_large_table_is_accepted(statements: list[str]) -> None:
    assert blocking(statements) == []


def test_revision_that_locks_two_large_tables_is_refused() -> None:
    one, other = (f"ALTER TABLE {table} ADD COLUMN city text" for table in ("customers", "orders"))
    assert len(blocking([one, other])) == 1
    assert blocking([one, one.replace("city", "street")]) == []
    linked = "CREATE TABLE notes (order_id uuid REFERENCES orders (id))"
    assert len(blocking([one, linked])) == 1


def test_concurrent_index_mixed_with_other_statements_in_one_revision_is_detected() -> None:
    index = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON customers (zone)"
    assert is_mixed([index, "ALTER TABLE customers ADD COLUMN city text"])
    assert not is_mixed([index, index.replace("ix", "iy")])


@of_all_features
def test_large_tables_named_by_the_migration_check_exist() -> None:
    assert LARGE - {"pgqueuer"} - set(metadata.tables) == set()
