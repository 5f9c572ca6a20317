"""Forged and deleted rows: a database user writes each row named in docs/security.md, and the checks of the worker
report the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from scripts.logins_table import REPORTED_BY, written_by
from subscriptions.application.alarms.watch_arrears import WatchArrears
from subscriptions.application.alarms.watch_owners import WatchOwners
from subscriptions.application.catalog.keep_payment_keys import WatchPaymentKeys
from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.payments.watch_events import WatchEvents
from subscriptions.application.payments.watch_wishes import WatchWishes
from subscriptions.application.routing import jobs_for
from subscriptions.domain.ids import PaymentId, TelegramId
from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.database.arrears import Arrears
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.idle_events import SqlIdleEvents
from subscriptions.infrastructure.database.idle_wishes import SqlIdleWishes
from subscriptions.infrastructure.repositories.inbox_repository import row_of
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.selling import Sale, selling
from tests.fakes.shop import Shop
from tests.fakes.units import Units, sql_unit
from tests.support.postgres import as_process
from tests.upgrade import earlier

OWNER: Final = TelegramId(777)
"""Telegram id of the owner in the worker's settings."""
LATER: Final = timedelta(minutes=61)
"""Time between the forgery and the checks. Each check runs at least every 20 minutes."""
_REFUND: Final = "core.refund_payment"


@dataclass(frozen=True)
class Forgery:
    """Statements that write or delete rows that no use case writes or deletes. `{payment}`: the id of a payment.
    `{event}`: a readable payment event.

    before: statements of the tables' owner, for rows written by use cases.
    """

    table: str
    operation: str
    logins: str
    alarm: str
    statements: Sequence[str]
    before: Sequence[str] = ()


_OWNERS: Final = "UPDATE variables SET value = '777,666' WHERE name = 'owner_telegram_ids'"
_PAYMENT_KEY: Final = (
    "INSERT INTO payment_keys (name, sealed, changed_at) VALUES ('STRIPE_SECRET_KEY', 'forged', '2020-01-01')"
)
_MESSAGE: Final = (
    "INSERT INTO notifications (id, key, kind, recipient, language, params, repeated, created_at)"
    " VALUES (gen_random_uuid(), 'forged', 'joined', 5, 'es', '{{}}', 0, now())"
)
_QUEUED: Final = (
    "INSERT INTO pgqueuer (entrypoint, payload, priority, status)"
    " VALUES ('{job}', convert_to('{refund}', 'UTF8'), 0, 'queued')"
)
_DUE: Final = "INSERT INTO due_jobs (name, payload, priority, due_at) VALUES ('{job}', '{refund}', 0, now())"
_REQUEST: Final = (
    "INSERT INTO refund_requests (operation, payment_id, amount_minor, amount_currency, asked_at)"
    " VALUES ('forged', '{payment}', 1499, 'EUR', now())"
)
_EVENT: Final = (
    "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at, origin)"
    " VALUES ('00000000-0000-4000-8000-000000000007', 'acme', 'evt_1', '{{event}}', 'x', '{status}', 0, now(), 'told')"
)
_EVENT_JOB: Final = _QUEUED.replace("{job}", "core.apply_payment_event").replace(
    "{refund}", '{{"v":1,"inbox_id":"00000000-0000-4000-8000-000000000007"}}'
)
_GONE: Final = "DELETE FROM pgqueuer WHERE entrypoint = '{job}'"


def _refund(statement: str) -> str:
    return statement.replace("{job}", _REFUND)


FORGERIES: Final = (
    Forgery("refund_requests", "a", "worker bot console", "refund_idle", [_REQUEST]),
    Forgery("variables", "w", "bot", "owners_differ", [_OWNERS]),
    Forgery(
        "customers",
        "w",
        "bot",
        "owners_differ",
        [_OWNERS, "UPDATE customers SET telegram_id = 666, staff_role = 'owner'"],
    ),
    Forgery("payment_keys", "a", "console", "payment_keys_changed", [_PAYMENT_KEY]),
    Forgery("notifications", "a", "worker bot console", "messages_undelivered", [_MESSAGE]),
    Forgery("pgqueuer", "a", "worker bot console", "job_unsigned", [_refund(_QUEUED)]),
    Forgery("due_jobs", "a", "worker bot console", "job_unsigned", [_refund(_DUE)]),
    Forgery("pgqueuer", "a", "web", "work_overdue", [_QUEUED.replace("{job}", "core.apply_payment_event")]),
    Forgery("pgqueuer", "a", "userbot", "work_overdue", [_QUEUED.replace("{job}", "userbot.assign")]),
    Forgery("due_jobs", "a", "web", "work_overdue", [_DUE.replace("{job}", "core.apply_payment_event")]),
    Forgery("due_jobs", "a", "userbot", "work_overdue", [_DUE.replace("{job}", "userbot.assign")]),
    Forgery("webhook_inbox", "a", "web worker bot console", "payment_event_stuck", [_EVENT.format(status="pending")]),
    Forgery(
        "webhook_inbox",
        "w",
        "worker bot console",
        "payment_event_stuck",
        ["UPDATE webhook_inbox SET status = 'pending'"],
        before=[_EVENT.format(status="applied")],
    ),
    Forgery(
        "pgqueuer",
        "d",
        "worker",
        "payment_event_stuck",
        [_GONE.replace("{job}", "core.apply_payment_event")],
        before=[_EVENT.format(status="pending"), _EVENT_JOB],
    ),
    Forgery("pgqueuer", "d", "worker", "refund_idle", [_refund(_GONE)], before=[_REQUEST, _refund(_QUEUED)]),
    Forgery(
        "pgqueuer",
        "d",
        "worker bot",
        "messages_undelivered",
        [_GONE.replace("{job}", "bot.announce")],
        before=[_MESSAGE, _QUEUED.replace("{job}", "bot.announce")],
    ),
    Forgery("due_jobs", "d", "worker", "refund_idle", ["DELETE FROM due_jobs"], before=[_REQUEST, _refund(_DUE)]),
)


def forged() -> Iterator[tuple[Forgery, str]]:
    """Yield each forgery once for each database user that may write the row."""
    for forgery in FORGERIES:
        for login in forgery.logins.split():
            yield forgery, login


@pytest.fixture
async def sale(database_url: str, units: Units) -> Sale:
    """Store a purchase, and the owner's Telegram id in `variables` as the bot does; return the sale."""
    async with units() as uow:
        sold = await selling(uow)
        await uow.commit()
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO variables (name, value, updated_at) VALUES ('owner_telegram_ids', '777', now())"
    )
    await connection.close()
    return sold


async def write(database_url: str, login: str | None, statements: Sequence[str]) -> None:
    """Execute the statements as the database user of a process, or as the owner of the tables if `login` is None."""
    connection = await asyncpg.connect(as_process(database_url, login) if login else database_url)
    try:
        for statement in statements:
            assert not (await connection.execute(statement)).endswith(" 0")
    finally:
        await connection.close()


async def let_an_hour_pass(database_url: str) -> None:
    """Set the timestamps of queued jobs back by an hour, because the database sets these timestamps
    from its own clock.
    """
    connection = await asyncpg.connect(database_url)
    columns = ("created", "updated", "execute_after")
    await connection.execute(
        f"UPDATE pgqueuer SET {', '.join(f'{each} = {each} - $1::interval' for each in columns)}", LATER
    )
    await connection.close()


async def alarms_of_the_worker(database_url: str) -> set[str]:
    """Run the worker's checks and the queued refunds as the worker's database user, and return the raised alarms."""
    await let_an_hour_pass(database_url)
    engine = create_engine(as_process(database_url, "worker"))
    units, clock = Units(lambda: sql_unit(engine, jobs_for), engine=engine), ManualClock(datetime.now(UTC) + LATER)
    shop = Shop(units, engine=engine, clock=clock)
    arrears, owners = WatchArrears(units, clock, Arrears(engine)), WatchOwners(units, clock, frozenset({OWNER}))
    keys = WatchPaymentKeys(units, clock, shop.gateways, SyncPrices(units, shop.gateways, "Tienda"), None)
    for _ in range(2):
        await arrears()
        await owners()
        await WatchWishes(units, clock, SqlIdleWishes(engine))()
        await keys()
        await WatchEvents(units, clock, SqlIdleEvents(engine))()
    refund = RefundPayment(units, shop.gateways, clock)
    for job in [*await shop.jobs(_REFUND), *await due_refunds(database_url)]:
        await refund(PaymentId(UUID(job["payment_id"])), job["minor"], job["key"])
    found = set(await shop.alarms())
    await engine.dispose()
    return found


async def due_refunds(database_url: str) -> Sequence[Mapping[str, Any]]:
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("SELECT payload FROM due_jobs WHERE name = $1", _REFUND)
    await connection.close()
    return [json.loads(row["payload"]) for row in rows]


def _id(value: object) -> str:
    return f"{value.table}-{value.operation}-{value.alarm}" if isinstance(value, Forgery) else str(value)


@pytest.mark.exhaustive
@pytest.mark.parametrize(("forgery", "login"), [*forged()], ids=_id)
async def test_forged_row_is_reported_within_the_hour(
    database_url: str, sale: Sale, forgery: Forgery, login: str
) -> None:
    assert await alarms_of_the_worker(database_url) == set()
    values = {
        "payment": sale.payment.id,
        "refund": json.dumps({"v": 1, "payment_id": str(sale.payment.id), "minor": 1499, "key": "forged"}),
        "event": json.dumps(row_of(samples.inbox_entry())["event"]),
    }
    for writer, statements in ((None, forgery.before), (login, forgery.statements)):
        await write(database_url, writer, [each.format(**values) for each in statements])
    assert forgery.alarm in await alarms_of_the_worker(database_url)


def test_each_alarm_about_forged_rows_is_tested_with_a_forged_row() -> None:
    proven = {(each.table, each.alarm) for each in FORGERIES}
    assert proven == {(table, alarm) for table, alarms in REPORTED_BY.items() for alarm in alarms}


@pytest.mark.parametrize(("forgery", "login"), [*forged()], ids=_id)
def test_each_tested_forgery_is_within_the_rights_of_its_login(forgery: Forgery, login: str) -> None:
    assert forgery.operation in written_by(forgery.table, login)


REFERRED_TO: Final = frozenset({"broadcasts", "resources", "service_plans"})
"""Tables whose rows may be deleted only while no other row refers to them."""
OF_OTHERS: Final = {"bot": {"pgqueuer"}, "userbot": {"pgqueuer"}}
"""Tables in which a database user may delete only the rows of its own process."""


@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_login_can_delete_only_declared_rows(new_database_url: str, process: str) -> None:
    await earlier.fill(new_database_url)
    connection = await asyncpg.connect(new_database_url)
    # The numbers of the filled rows are those of the first records of deletions and additions.
    await connection.execute("SELECT setval('deletions_id_seq', 1000), setval('additions_id_seq', 1000)")
    filled = {table for table in grants.tables() if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})")}
    await connection.execute(f"SET ROLE {grants.role_of(process)}")
    possible = set[str]()
    for table in filled:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(f"DELETE FROM {table}")
        except (asyncpg.InsufficientPrivilegeError, asyncpg.ForeignKeyViolationError):
            pass
        else:
            possible.add(table)
        finally:
            await transaction.rollback()
    await connection.close()
    declared = {table for table in filled if "d" in written_by(table, process)}
    assert possible <= declared
    assert declared - possible == (REFERRED_TO | OF_OTHERS.get(process, set())) & declared
    assert set(grants.tables()) == filled
