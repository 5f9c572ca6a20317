"""Check that the database refuses statements by which a compromised process would write the rows of another process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

import asyncpg
import pytest

from subscriptions.application.routing import jobs_for
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.inbox import InboxStatus, Origin
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.selling import Sale, selling
from tests.fakes.units import Units, sql_unit
from tests.support.postgres import as_process

REFUSED: Final = asyncpg.InsufficientPrivilegeError
OWNER_ID: Final = 777
"""The owner's Telegram account in the settings."""

_TABLES: Final = {"broadcasts": "broadcasts", "receivers": "webhooks", "outgoing_events": "webhooks"}
_GONE: Final = [table for table, feature in _TABLES.items() if feature not in installed().features]
"""Tables of features whose folders do not exist."""


def _stands(statement: str) -> bool:
    """Return True if the tables used by a statement exist."""
    return not any(re.search(rf"\b{table}\b", statement) for table in _GONE)


_SEEDS: Final = (
    f"INSERT INTO variables (name, value, updated_at) VALUES ('owner_telegram_ids', '{OWNER_ID}', now())",
    "INSERT INTO receivers (id, name, url, secret, created_at, failures)"
    " VALUES (gen_random_uuid(), 'crm', 'https://crm.example', 's', now(), 0)",
    "INSERT INTO outgoing_events (id, receiver_id, kind, customer_id, facts, happened_at, state, attempts, begun_at,"
    " next_at) SELECT gen_random_uuid(), r.id, 'subscription.ended', c.id, '{}', now(), 'waiting', 0, now(), now()"
    " FROM receivers r, customers c",
    "INSERT INTO broadcasts (id, key, content, status, revision, created_at) VALUES"
    " (gen_random_uuid(), 'mirror:-1001:5', '{}', 'done', 1, now()),"
    " (gen_random_uuid(), 'api:1', '{}', 'draft', 1, now())",
    "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at, origin) VALUES"
    " (gen_random_uuid(), 'acme', 'evt_1', '{\"data\": {\"kind\": \"payment_completed\"}}', 'x', 'parked', 0, now(),"
    " 'told'), (gen_random_uuid(), 'acme', 'poll:1', '{\"data\": {}}', '', 'parked', 0, now(), 'asked')",
    "INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days, created_at,"
    " expires_at, note, campaign, opened, used_at, used_by) SELECT gen_random_uuid(), 'AAAABBBBCCCCDDD1', plan_id, 0,"
    " 'EUR', 30, now(), now() + interval '90 days', '', '', 0, now(), customer_id FROM subscriptions",
    "INSERT INTO alarms (id, key, kind, facts, raised_at) VALUES"
    " (gen_random_uuid(), 'owners_differ:any:2026', 'owners_differ', '{}', now()),"
    " (gen_random_uuid(), 'work_overdue:any:2026', 'work_overdue', '{}', now())",
    "INSERT INTO pgqueuer (entrypoint, payload, priority, status) VALUES ('core.apply_payment_event', '', 0, 'queued'),"
    " ('bot.alarm', '', 0, 'queued'), ('userbot.assign', '', 0, 'queued')",
    "INSERT INTO due_jobs (name, payload, priority, due_at) VALUES ('core.check_subscription', '{}', 0, now())",
    f"INSERT INTO console_visits (link, person, offered_at, proved) VALUES ('offered', {OWNER_ID}, now(), true)",
    f"INSERT INTO console_visits (link, person, offered_at, key, entered_at, proved)"
    f" VALUES ('waiting', {OWNER_ID}, now(), 'k', now(), false)",
)
SEEDS: Final = tuple(filter(_stands, _SEEDS))
INBOX: Final = (
    "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at, origin)"
    " VALUES (gen_random_uuid(), 'stars', '{key}', '{{\"data\": {{\"kind\": \"{kind}\"}}}}', '{body}', 'pending', 0,"
    " now(), '{origin}')"
)
CODE: Final = (
    "INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days, created_at,"
    " expires_at, note, campaign, opened, sealed, keyless, used_at, used_by) SELECT gen_random_uuid(),"
    " 'AAAABBBBCCCCDDD2', id, 0, 'EUR', {days}, now(), now() + interval '{valid} days', '', '', 0, true, true, {used}"
    " FROM service_plans"
)
EVENT: Final = (
    "INSERT INTO outgoing_events (id, receiver_id, kind, customer_id, facts, body, happened_at, state, attempts,"
    " begun_at, next_at) VALUES (gen_random_uuid(), (SELECT id FROM receivers), '{kind}', NULL, '{facts}', {body},"
    " now(), 'waiting', 0, now(), now())"
)
ALARM: Final = (
    "INSERT INTO alarms (id, key, kind, facts, raised_at, closed_at)"
    " VALUES (gen_random_uuid(), '{key}', '{kind}', '{{}}', now(), now())"
)
AUDIT: Final = (
    "INSERT INTO audit_log (actor, action, subject, why, at, facts) VALUES ('1', '{action}', 'x', '', now(), '{{}}')"
)
REQUEST: Final = (
    "INSERT INTO refund_requests (operation, payment_id, amount_minor, amount_currency, asked_at)"
    " VALUES ('mine', gen_random_uuid(), 1, 'EUR', now())"
)
VISIT: Final = (
    "INSERT INTO console_visits (link, person, offered_at, key, entered_at, seen_at, proved)"
    " VALUES ('mine', 777, now(), 'mine', now(), now(), true)"
)
OWNER: Final = "UPDATE customers SET staff_role = 'owner'"
NEW_OWNER: Final = (
    "INSERT INTO customers (id, telegram_id, first_name, language, staff_role, created_at)"
    " VALUES (gen_random_uuid(), 666, 'Eve', 'es', 'owner', now())"
)

_ATTACKS: Final[Mapping[str, tuple[str, str]]] = {
    # Invented payments.
    "an answer nobody asked for, by the console": (
        "console",
        INBOX.format(key="listed:1", kind="payment_completed", body="", origin="asked"),
    ),
    "an answer nobody asked for, by the bot": (
        "bot",
        INBOX.format(key="listed:1", kind="payment_completed", body="", origin="asked"),
    ),
    "what a page's provider answers, by the console": (
        "console",
        INBOX.format(key="fetched:1", kind="payment_completed", body="", origin="asked"),
    ),
    "a payment as a refund by hand": (
        "console",
        INBOX.format(key="by_hand:1", kind="payment_completed", body="", origin="asked"),
    ),
    "a refund by hand, by the web": (
        "web",
        INBOX.format(key="by_hand:1", kind="refund", body="", origin="asked"),
    ),
    "a delivery that keeps an answer from being stored": (
        "web",
        INBOX.format(key="poll:pi_1", kind="refund", body="x", origin="told").replace("'pending'", "'ignored'"),
    ),
    "an event that was applied, by the web": (
        "web",
        INBOX.format(key="evt_9", kind="refund", body="x", origin="told").replace("'pending'", "'applied'"),
    ),
    "a delivery made an answer, by the console": ("console", "UPDATE webhook_inbox SET origin = 'asked'"),
    "a delivery made an answer, by the bot": ("bot", "UPDATE webhook_inbox SET origin = 'asked'"),
    "a delivery made an answer, by the worker": ("worker", "UPDATE webhook_inbox SET origin = 'asked'"),
    "another key of an event": ("console", "UPDATE webhook_inbox SET event_key = 'listed:2' WHERE event_key = 'evt_1'"),
    "another event": ("bot", "UPDATE webhook_inbox SET event = '{}'"),
    "another event by what erases people": (
        "worker",
        """UPDATE webhook_inbox SET event = '{"data": {"kind": "refund"}}' WHERE event_key = 'evt_1'""",
    ),
    "another body": ("worker", "UPDATE webhook_inbox SET body = 'another' WHERE event_key = 'evt_1'"),
    "another provider": ("console", "UPDATE webhook_inbox SET provider = 'stars'"),
    # Payments that would never be applied. Of an event's state, only the worker changes more than that it waits again.
    **{
        f"{what}, by the {process}": (process, f"UPDATE webhook_inbox SET {change} WHERE event_key = 'evt_1'")
        for process in ("bot", "console")
        for what, change in {
            "an event marked as applied": "status = 'applied', handled_at = now()",
            "an event marked as ignored": "status = 'ignored'",
            "an event with another note": "status = 'pending', note = 'the origin is false'",
            "an event with every attempt spent": "status = 'pending', attempts = 9",
            "an event that waits, marked as handled": "status = 'pending', handled_at = now() - interval '9 years'",
        }.items()
    },
    # Jobs that other jobs' keys would suppress.
    **{
        f"a key changed to another job's, by the {process}": (
            process,
            f"UPDATE pgqueuer SET dedupe_key = 'core.refund_payment:1' WHERE entrypoint = '{job}'",
        )
        for process, job in {
            "worker": "core.apply_payment_event",
            "bot": "bot.alarm",
            "userbot": "userbot.assign",
        }.items()
    },
    # Tables that the userbot has no part in.
    "a broadcast": (
        "userbot",
        "INSERT INTO broadcasts (id, key, content, status, revision, created_at)"
        " VALUES (gen_random_uuid(), 'mine', '{}', 'sending', 1, now())",
    ),
    "a draft sent": ("userbot", "UPDATE broadcasts SET status = 'sending' WHERE key = 'api:1'"),
    "a mirrored post sent again": ("userbot", "UPDATE broadcasts SET status = 'sending' WHERE key LIKE 'mirror:%'"),
    "another's broadcast taken back": ("userbot", "UPDATE broadcasts SET status = 'withdrawn' WHERE key = 'api:1'"),
    "a broadcast on its way, by the web": (
        "web",
        "INSERT INTO broadcasts (id, key, content, status, revision, created_at)"
        " VALUES (gen_random_uuid(), 'mine', '{}', 'sending', 1, now())",
    ),
    "a broadcast begun again, by the web": ("web", "UPDATE broadcasts SET status = 'scheduled'"),
    "other words": ("userbot", "UPDATE broadcasts SET content = '{}'"),
    "words to sign": ("userbot", EVENT.format(kind="customer.joined", facts="{}", body="'{}'")),
    "facts to sign": ("userbot", EVENT.format(kind="customer.joined", facts='{"paid": "yes"}', body="NULL")),
    "a payment to tell of": ("userbot", EVENT.format(kind="payment.received", facts="{}", body="NULL")),
    "a payment to tell of, by the console": (
        "console",
        EVENT.format(kind="payment.received", facts="{}", body="NULL"),
    ),
    "words to sign, by the bot": ("bot", EVENT.format(kind="subscription.ended", facts="{}", body="'{}'")),
    "words of an event": ("console", "UPDATE outgoing_events SET body = '{}'"),
    "facts of an event": ("userbot", "UPDATE outgoing_events SET facts = '{}'"),
    "a used code opened again": (
        "userbot",
        "UPDATE activation_tokens SET used_at = NULL, used_by = NULL",
    ),
    "a used code opened again, by the bot": (
        "bot",
        "UPDATE activation_tokens SET used_at = NULL, used_by = NULL",
    ),
    "a wish to refund": ("userbot", AUDIT.format(action="payment.refund")),
    "a request for a refund": ("userbot", REQUEST),
    "a request for a refund, by the web": ("web", REQUEST),
    "a failed refund": ("userbot", AUDIT.format(action="payment.refund_failed")),
    "an appointment": ("userbot", AUDIT.format(action="staff.appointed")),
    "time": (
        "userbot",
        "INSERT INTO ledger_entries (subscription_id, kind, source_key, starts_at, length, note, created_at)"
        " SELECT id, 'gift', 'mine', now(), interval '9 years', '', now() FROM subscriptions",
    ),
    "a message": ("userbot", "UPDATE notifications SET text = 'mine'"),
    # Codes that give more than their plan.
    "a code of ten years, by the web": ("web", CODE.format(days=3650, valid=30, used="NULL, NULL")),
    "a code of ten years, by the console": ("console", CODE.format(days=3650, valid=30, used="NULL, NULL")),
    "a code of ten years, by the bot": ("bot", CODE.format(days=3650, valid=30, used="NULL, NULL")),
    "a code for a hundred years": ("web", CODE.format(days=1, valid=36_500, used="NULL, NULL")),
    "a longer code": ("bot", "UPDATE activation_tokens SET duration_days = 3650"),
    "a code for another plan": ("console", "UPDATE activation_tokens SET plan_id = gen_random_uuid()"),
    # Owners are those of the settings.
    "an owner, by the console": ("console", OWNER),
    "an owner, by the bot": ("bot", OWNER),
    "an owner, by the worker": ("worker", OWNER),
    "a new owner, by the console": ("console", NEW_OWNER),
    "a new owner, by the bot": ("bot", NEW_OWNER),
    "who owners are, by the worker": (
        "worker",
        "UPDATE variables SET value = '666' WHERE name = 'owner_telegram_ids'",
    ),
    "who owners are, by the userbot": (
        "userbot",
        "UPDATE variables SET value = '666' WHERE name = 'owner_telegram_ids'",
    ),
    # Keys with which the shop gets paid.
    **{
        f"a payment method's keys, by the {process}": (process, "UPDATE payment_keys SET sealed = 'mine'")
        for process in grants.PROCESSES
        if process != "console"
    },
    "a change of keys that nobody hears of, by the console": (
        "console",
        "INSERT INTO variables (name, value, updated_at) VALUES ('payment_keys_reported', '2099-01-01', now())",
    ),
    "a payment method's keys away, by the console": ("console", "DELETE FROM payment_keys"),
    # Alarms, and jobs of other processes.
    "an alarm closed, by the web": ("web", "UPDATE alarms SET closed_at = now() WHERE kind = 'owners_differ'"),
    "an alarm closed, by the userbot": ("userbot", "UPDATE alarms SET closed_at = now() WHERE kind = 'owners_differ'"),
    "an alarm made another": ("web", "UPDATE alarms SET kind = 'work_overdue', key = id::text"),
    "an alarm told already, by its kind": ("web", ALARM.format(kind="refund_idle", key="x")),
    "an alarm told already, by its key": ("userbot", ALARM.format(kind="work_overdue", key="refund_idle:1:2")),
    "an alarm away": ("userbot", "DELETE FROM alarms"),
    "a payment's job away": ("userbot", "DELETE FROM pgqueuer WHERE entrypoint = 'core.apply_payment_event'"),
    "a payment's job away, by the bot": ("bot", "DELETE FROM pgqueuer WHERE entrypoint LIKE 'core.%'"),
    "a job away, by the console": ("console", "DELETE FROM pgqueuer"),
    "a payment's job put off": (
        "userbot",
        "UPDATE pgqueuer SET execute_after = now() + interval '9 years' WHERE entrypoint LIKE 'core.%'",
    ),
    "an alarm's job ended": ("userbot", "UPDATE pgqueuer SET status = 'failed' WHERE entrypoint = 'bot.alarm'"),
    "what is due away": ("bot", "DELETE FROM due_jobs"),
    **{
        f"due work put off, by the {process}": (process, "UPDATE due_jobs SET due_at = due_at + interval '9 years'")
        for process in grants.PROCESSES
    },
    # Console visits.
    "a visit, by the bot": ("bot", VISIT),
    "a visit, by the worker": ("worker", VISIT),
    "a link used, by the bot": ("bot", "UPDATE console_visits SET key = 'mine', entered_at = now()"),
    "a second factor proved, by the bot": ("bot", "UPDATE console_visits SET proved = true WHERE link = 'waiting'"),
}
ATTACKS: Final = {what: each for what, each in _ATTACKS.items() if _stands(each[1])}


@pytest.fixture
async def sale(units: Units) -> Sale:
    """Store a purchase in the test's database."""
    async with units() as uow:
        sold = await selling(uow)
        await uow.commit()
    return sold


@pytest.fixture
async def owner(database_url: str, sale: Sale) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner of the tables, with one row of each kind that is attacked."""
    connection = await asyncpg.connect(database_url)
    for statement in SEEDS:
        await connection.execute(statement)
    yield connection
    await connection.close()


@pytest.mark.exhaustive
@pytest.mark.parametrize("what", ATTACKS)
async def test_login_of_a_process_cannot_write_the_rows_of_another_process(
    owner: asyncpg.Connection, what: str
) -> None:
    process, statement = ATTACKS[what]
    await owner.execute(f"SET ROLE {grants.role_of(process)}")
    with pytest.raises(REFUSED):
        await owner.execute(statement)


async def test_every_attack_statement_is_valid_sql_for_the_owner_login(owner: asyncpg.Connection) -> None:
    """A statement that is invalid, for example because of a wrong column name, would be refused for another reason than
    missing rights.
    """
    for what, (_, statement) in ATTACKS.items():
        if "gen_random_uuid()" in statement and statement.startswith("UPDATE"):
            continue
        transaction = owner.transaction()
        await transaction.start()
        try:
            await owner.execute(statement)
        except (asyncpg.SyntaxOrAccessError, asyncpg.NotNullViolationError) as error:
            pytest.fail(f"{what}: {error}")
        except asyncpg.IntegrityConstraintViolationError:
            pass
        finally:
            await transaction.rollback()


_NEEDED: Final[Mapping[str, tuple[str, str]]] = {
    "a delivery, by the web": ("web", INBOX.format(key="evt_2", kind="payment_completed", body="x", origin="told")),
    "a refund by hand, by the console": (
        "console",
        INBOX.format(key="by_hand:1", kind="refund", body="", origin="asked"),
    ),
    "what a page's provider answers, by the bot": (
        "bot",
        INBOX.format(key="fetched:1", kind="payment_completed", body="", origin="asked"),
    ),
    "a refund by hand, by the bot": ("bot", INBOX.format(key="by_hand:1", kind="refund", body="", origin="asked")),
    "an answer, by the worker": (
        "worker",
        INBOX.format(key="poll:2", kind="payment_completed", body="", origin="asked"),
    ),
    "an event that waits again, by the console": (
        "console",
        "UPDATE webhook_inbox SET status = 'pending', handled_at = NULL, attempts = 0, note = NULL",
    ),
    "an event that waits again, by the bot": (
        "bot",
        "UPDATE webhook_inbox SET status = 'pending', handled_at = NULL, attempts = attempts, note = note",
    ),
    "an event applied, by the worker": (
        "worker",
        "UPDATE webhook_inbox SET status = 'applied', handled_at = now(), attempts = 1, note = 'done'",
    ),
    "what is forgotten of an event": (
        "worker",
        "UPDATE webhook_inbox SET body = '', event = event || jsonb_build_object('data', (event->'data') ||"
        " jsonb_build_object('telegram_id', NULL, 'customer_ref', NULL, 'evidence', '{}'::jsonb))",
    ),
    "a mirrored post taken back": (
        "userbot",
        "UPDATE broadcasts SET status = 'withdrawn', revision = 2, begun_at = now() WHERE key LIKE 'mirror:%'",
    ),
    "somebody who is inside": ("userbot", EVENT.format(kind="customer.joined", facts="{}", body="NULL")),
    "what was sent": ("worker", "UPDATE outgoing_events SET body = '{}', state = 'told'"),
    "a code as its plan, by the web": ("web", CODE.format(days=1, valid=30, used="NULL, NULL")),
    "who came in by a code": ("userbot", "UPDATE activation_tokens SET joined_at = now()"),
    "an owner of the settings, by the bot": (
        "bot",
        f"UPDATE customers SET staff_role = 'owner', telegram_id = {OWNER_ID}",
    ),
    "a link to the console, by the bot": (
        "bot",
        "INSERT INTO console_visits (link, person, offered_at) VALUES ('l', 777, now())",
    ),
    "a visit, by the console": ("console", VISIT),
    "an alarm of its own, by the userbot": (
        "userbot",
        "UPDATE alarms SET closed_at = now() WHERE kind = 'work_overdue'",
    ),
    "its own job, by the userbot": (
        "userbot",
        "UPDATE pgqueuer SET status = 'picked' WHERE entrypoint = 'userbot.assign'",
    ),
    "its own job done, by the userbot": ("userbot", "DELETE FROM pgqueuer WHERE entrypoint = 'userbot.assign'"),
    "its own job done, by the bot": ("bot", "DELETE FROM pgqueuer WHERE entrypoint = 'bot.alarm'"),
    "due work sooner, by the console": ("console", "UPDATE due_jobs SET due_at = due_at - interval '1 hour'"),
    "a failed job again, by the console": ("console", "UPDATE pgqueuer SET status = 'queued'"),
    "more urgent work, by the userbot": ("userbot", "UPDATE pgqueuer SET priority = 1"),
    "an alarm of a closed kind, by the console": ("console", "UPDATE alarms SET closed_at = now()"),
    "a channel's mending, by the userbot": ("userbot", AUDIT.format(action="channel.mended")),
}
NEEDED: Final = {what: each for what, each in _NEEDED.items() if _stands(each[1])}


@pytest.mark.parametrize("what", NEEDED)
async def test_login_of_each_process_can_write_the_rows_that_the_process_needs(
    owner: asyncpg.Connection, what: str
) -> None:
    process, statement = NEEDED[what]
    await owner.execute(f"SET ROLE {grants.role_of(process)}")
    assert not (await owner.execute(statement)).endswith(" 0")


async def test_console_login_can_save_a_customer_who_is_already_an_owner(owner: asyncpg.Connection, sale: Sale) -> None:
    """Rows are written with all columns: an existing owner keeps the role when another field is saved."""
    await owner.execute("UPDATE customers SET staff_role = 'owner'")
    await owner.execute(f"SET ROLE {grants.role_of('console')}")
    saved = (
        "INSERT INTO customers (id, telegram_id, first_name, language, staff_role, created_at)"
        " SELECT id, telegram_id, first_name, language, staff_role, created_at FROM customers"
        " ON CONFLICT (id) DO UPDATE SET first_name = 'Eva', staff_role = excluded.staff_role"
    )
    assert await owner.execute(saved) == "INSERT 0 1"


@asynccontextmanager
async def units_of(database_url: str, process: str) -> AsyncIterator[Units]:
    """Yield units of work with the database user of one process."""
    engine = create_engine(as_process(database_url, process))
    yield Units(lambda: sql_unit(engine, jobs_for), engine=engine)
    await engine.dispose()


async def test_console_login_can_requeue_a_parked_query_result(database_url: str, units: Units) -> None:
    """An inbox entry is saved with all columns. Although the console may not change an answer, it may save an entry
    with an unchanged answer.
    """
    entry = samples.inbox_entry(origin=Origin.ASKED, status=InboxStatus.PARKED)
    async with units() as uow:
        assert await uow.inbox.add_if_new(entry)
        await uow.commit()
    async with units_of(database_url, "console") as console, console() as uow:
        kept = await uow.inbox.get(entry.id, lock=True)
        assert kept is not None
        kept.status = InboxStatus.PENDING
        await uow.inbox.save(kept)
        await uow.commit()
    async with units() as uow:
        assert await uow.inbox.get(entry.id) == replace(entry, status=InboxStatus.PENDING)


async def test_console_login_can_revoke_a_code(database_url: str, units: Units) -> None:
    plan = samples.plan()
    token = ActivationToken.make(plan, None, samples.NOON, samples.NOON + timedelta(days=90))
    async with units() as uow:
        await uow.plans.save(plan)
        assert await uow.of(TOKENS_KEY).add_if_new(token)
        await uow.commit()
    async with units_of(database_url, "console") as console, console() as uow:
        assert await uow.of(TOKENS_KEY).by_token(token.token, lock=True) is not None
        await uow.of(TOKENS_KEY).note_revoked(token.id, TelegramId(5), samples.NOON)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(TOKENS_KEY).get(token.id) == replace(
            token, revoked_at=samples.NOON, revoked_by=TelegramId(5)
        )
