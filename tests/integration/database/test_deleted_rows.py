"""Rows that a login deletes outside of any use case are reported; deletions by use cases are not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from scripts.logins_table import ENGLISH, SPANISH, Tongue, written_by
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms.watch_rows import WatchRows
from subscriptions.application.catalog.manage_plans import ManagePlans, NewPlan
from subscriptions.application.expiry.erase_person import ErasePerson, ErasureResult
from subscriptions.application.routing import jobs_for
from subscriptions.application.staff.actor import SHELL
from subscriptions.bootstrap import migrate
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.database.deletions import SqlRecords
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.tables import metadata
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.fakes.units import Units, sql_unit
from tests.support.postgres import as_process, judge_time
from tests.support.removed import of_all_features
from tests.upgrade import earlier

_TOMORROW: Final = "now() + interval '1 day'"
WORTH_RECORDING: Final = {
    "app_presses": "asked_at = now()",
    "bot_updates": "done_at = NULL",
    "broadcasts": "status = 'done'",
    "due_jobs": f"due_at = {_TOMORROW}",
    "kept_openings": f"until = {_TOMORROW}",
    "outgoing_events": "begun_at = now(), done_at = NULL",
    "pgqueuer": "status = 'queued', entrypoint = '{process}.look', dedupe_key = NULL",
    "pick_pictures": "created_at = now()",
    "questions": "asked_at = now()",
    "staff_operations": "at = now()",
    "trial_marks": "created_at = now()",
}
"""Assignments that give rows the state in which their deletion is recorded, by table. In other tables, every deletion
is recorded.
"""


def deletable(process: str) -> list[str]:
    """Return the tables from which a login may delete rows. A table comes before the tables to which it refers."""
    order = [table.name for table in reversed(metadata.sorted_tables)]
    names = [table for table in grants.tables() if "d" in written_by(table, process)]
    return sorted(names, key=lambda name: order.index(name) if name in order else -1)


@asynccontextmanager
async def units_of(database_url: str, process: str) -> AsyncIterator[Units]:
    """Yield units of work with the login of one process."""
    engine = create_engine(as_process(database_url, process))
    yield Units(lambda: sql_unit(engine, jobs_for), engine=engine)
    await engine.dispose()


async def check(database_url: str) -> set[tuple[str, str]]:
    """Run the worker's check; return the login and the table of every alarm."""
    async with units_of(database_url, "worker") as units:
        assert units.engine is not None
        await WatchRows(
            units,
            ManualClock(datetime.now(UTC)),
            SqlRecords(units.engine, "deletions"),
            SqlRecords(units.engine, "additions"),
        )()
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("SELECT facts FROM alarms WHERE kind = 'rows_deleted'")
    await connection.close()
    facts = [json.loads(row["facts"]) for row in rows]
    return {(each["login"], each["table"]) for each in facts}


async def count_records(database_url: str) -> int:
    connection = await asyncpg.connect(database_url)
    number: int = await connection.fetchval("SELECT count(*) FROM deletions")
    await connection.close()
    return number


async def delete_all(owner: asyncpg.Connection, login: asyncpg.Connection, table: str) -> None:
    """Delete all rows of a table with a login. Rows of other tables that refer to these rows are deleted first, with
    triggers disabled.
    """
    while True:
        try:
            assert not (await login.execute(f"DELETE FROM {table}")).endswith(" 0"), table
        except asyncpg.ForeignKeyViolationError as error:
            async with owner.transaction():
                await owner.execute("SET LOCAL session_replication_role = replica")
                await owner.execute(f"DELETE FROM {error.table_name}")
        else:
            return


async def delete_from(database_url: str, process: str, tables: Collection[str]) -> None:
    """Fill the database, give the rows the state in which their deletion is recorded, and delete those of the given
    tables with a process's login.
    """
    owner = await asyncpg.connect(database_url)
    login = await asyncpg.connect(as_process(database_url, process))
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute("TRUNCATE deletions")
        if "pgqueuer" not in tables:
            # The numbers of the filled rows are those of the first new jobs.
            await owner.execute("DELETE FROM pgqueuer")
        if "record_rules" in grants.tables():
            # A plan whose record has begun cannot be deleted.
            await owner.execute("DELETE FROM record_rules")
        for table in tables:
            if table in WORTH_RECORDING:
                assignments = WORTH_RECORDING[table].format(process=process)
                await owner.execute(f"UPDATE {table} SET {assignments}")
    for table in tables:
        await delete_all(owner, login, table)
    await owner.close()
    await login.close()


@pytest.mark.exhaustive
@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_deleted_rows_are_reported_within_the_hour(new_database_url: str, process: str) -> None:
    await earlier.fill(new_database_url)
    judge_time(new_database_url)
    tables = [table for table in deletable(process) if table not in {"additions", "deletions"}]
    await delete_from(new_database_url, process, tables)
    login = urlsplit(as_process(new_database_url, process)).username
    recorded = grants.deletion_triggers()
    reported = {(login, table) for table in tables if table in recorded}
    assert await check(new_database_url) == reported
    assert await check(new_database_url) == reported


async def test_deletion_that_a_login_marked_as_checked_raises_no_alarm(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "INSERT INTO deletions (at, login, relation, transaction) VALUES (now(), 'umbral_worker', 'receivers', 1)"
    )
    login = await asyncpg.connect(as_process(database_url, "worker"))
    await login.execute("UPDATE deletions SET checked = true")
    await login.close()
    await owner.close()
    assert await check(database_url) == set()
    assert await count_records(database_url) == 1


@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_no_login_can_forge_or_remove_deletion_records(database_url: str, process: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "INSERT INTO deletions (at, login, relation, transaction) VALUES (now(), 'umbral_bot', 'api_keys', 1)"
    )
    login = await asyncpg.connect(as_process(database_url, process))
    for statement in (
        "INSERT INTO deletions (at, login, relation, transaction) VALUES (now(), 'x', 'x', 1)",
        "UPDATE deletions SET login = 'x'",
        "UPDATE deletions SET transaction = 2",
        "DELETE FROM deletions",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute(statement)
    await login.close()
    await owner.close()


@pytest.mark.parametrize("opens", [(), ("talk",)])
async def test_first_plan_of_a_setup_raises_no_alarm(database_url: str, units: Units, opens: tuple[str, ...]) -> None:
    async with units() as uow:
        talk = Resource.add("talk", GROUP, "Talk", EntryPolicy.REQUEST, datetime.now(UTC))
        assert await uow.resources.add_if_new(talk)
        await uow.commit()
    engine = create_engine(as_process(database_url, "console"))
    plans = ManagePlans(lambda: sql_unit(engine, jobs_for), ManualClock())
    new = NewPlan(name="Sala", emoji="", description="", price=Money(1200, "EUR"), opens=opens)
    assert await plans.add_if_new(new, TelegramId(5))
    await engine.dispose()
    assert await check(database_url) == set()


async def test_deletions_by_the_owner_and_by_cascades_are_not_recorded(database_url: str, units: Units) -> None:
    kept, sold = samples.plan(), samples.plan()
    async with units() as uow:
        for plan in (kept, sold):
            await uow.plans.save(plan)
        await uow.commit()
    owner = await asyncpg.connect(database_url)
    assert await owner.fetchval("SELECT count(*) FROM plan_resources") == 2
    await owner.execute("DELETE FROM service_plans WHERE id = $1", kept.id)
    console = await asyncpg.connect(as_process(database_url, "console"))
    await console.execute("DELETE FROM service_plans")
    assert [row["relation"] for row in await owner.fetch("SELECT relation FROM deletions")] == ["service_plans"]
    assert await owner.fetchval("SELECT count(*) FROM plan_resources") == 0
    await console.close()
    await owner.close()


async def test_deletion_with_an_audit_entry_in_the_same_transaction_raises_no_alarm(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    for name in ("one", "other"):
        await owner.execute("INSERT INTO own_roles (name, permissions) VALUES ($1, 'list.export')", name)
    await owner.close()
    async with units_of(database_url, "console") as units:
        async with units() as uow:
            await uow.own_roles.remove("one")
            await uow.audit.record(actor="5", action="role.removed", subject="one", reason="", at=samples.NOON)
            await uow.commit()
        assert await count_records(database_url) == 1
        assert await check(database_url) == set()
        async with units() as uow:
            await uow.audit.record(actor="5", action="role.removed", subject="other", reason="", at=samples.NOON)
            await uow.commit()
        async with units() as uow:
            await uow.own_roles.remove("other")
            await uow.commit()
    assert await check(database_url) == {("umbral_console", "own_roles")}


async def test_deletion_by_an_erasure_raises_no_alarm(database_url: str, units: Units) -> None:
    ana = samples.customer()
    async with units() as uow:
        await uow.customers.save(ana)
        await uow.commit()
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "INSERT INTO payment_accounts (customer_id, provider, external_customer_id, created_at)"
        " VALUES ($1, 'acme', 'cus_12345678', now())",
        ana.id,
    )
    await owner.close()
    async with units_of(database_url, "worker") as worker:
        shop = Shop(worker, engine=worker.engine, clock=ManualClock(samples.NOON))
        result = await ErasePerson(worker, shop.clock, GrantAccess(shop.policy)).finish(ana.id, "asked for")
    assert isinstance(result, ErasureResult)
    assert result.row_counts["payment_accounts"] == await count_records(database_url) == 1
    assert await check(database_url) == set()


async def test_deletion_by_a_staff_command_raises_no_alarm(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("INSERT INTO own_roles (name, permissions) VALUES ('books', 'console.open')")
    await owner.close()
    async with units_of(database_url, "console") as units:
        await Staff(Shop(units, engine=units.engine, clock=ManualClock(samples.NOON)))(SHELL, "remove_role", "books")
    assert await count_records(database_url) == 1
    assert await check(database_url) == set()


async def test_pruned_rows_are_not_recorded(database_url: str) -> None:
    judge_time(database_url)
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "INSERT INTO staff_operations (id, command, digest, at, outcome, facts) VALUES"
        " (gen_random_uuid(), 'x', 'x', now() - interval '31 days', 'done', '{}')"
    )
    await owner.execute(
        "INSERT INTO deletions (at, login, relation, transaction)"
        " VALUES (now() - interval '31 days', 'umbral_bot', 'api_keys', 1)"
    )
    await owner.close()
    async with units_of(database_url, "worker") as units, units() as uow:
        pruned = await uow.personal_data.prune(Record.OPERATIONS, datetime.now(UTC), timedelta(days=30), 100)
        await uow.commit()
    assert pruned == 2
    assert await count_records(database_url) == 0


async def test_migration_drops_the_trigger_of_a_table_whose_deletions_are_no_longer_recorded(
    new_database_url: str,
) -> None:
    owner = await asyncpg.connect(new_database_url)
    await owner.execute(
        f"CREATE TRIGGER {grants.DELETION_TRIGGER} AFTER DELETE ON status_cards"
        " FOR EACH ROW EXECUTE FUNCTION umbral_record_deletion()"
    )
    await asyncio.to_thread(migrate.upgrade, new_database_url)
    installed = await owner.fetch(
        "SELECT tgrelid::regclass::text AS table FROM pg_trigger WHERE tgname = $1", grants.DELETION_TRIGGER
    )
    await owner.close()
    assert {row["table"] for row in installed} == grants.deletion_triggers().keys()


@of_all_features
@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH])
def test_security_page_names_each_table_whose_deletions_are_not_recorded(tongue: Tongue) -> None:
    deletable_tables = {table for process in grants.PROCESSES for table in deletable(process)}
    unrecorded = deletable_tables - grants.deletion_triggers().keys()
    page = tongue.document.read_text(encoding="utf-8")
    [paragraph] = [each for each in page.split("\n\n") if "(`deletions`)" in each]
    assert {table for table in grants.tables() if f"`{table}`" in paragraph} == unrecorded
