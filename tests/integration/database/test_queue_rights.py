"""Rights of a process's database user: it can write the rows of its process, and no row of another process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto.jobs import RouteEvent
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database import grants
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from tests.support.reach import audit_actions, job_names

REFUSED = asyncpg.InsufficientPrivilegeError
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REFUND = json.dumps({"v": 1, "payment_id": "0" * 32, "minor": 1499, "key": "invented"})


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the database user of the web process, as an attacker could."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(f"SET ROLE {grants.role_of('web')}")
    yield connection
    await connection.close()


INVENTED = {
    "refund": f"INSERT INTO pgqueuer (entrypoint, payload, priority, status)"
    f" VALUES ('core.refund_payment', convert_to('{REFUND}', 'UTF8'), 0, 'queued')",
    "delayed refund": f"INSERT INTO due_jobs (name, payload, priority, due_at)"
    f" VALUES ('core.refund_payment', '{REFUND}', 0, now())",
    "renamed job": "UPDATE pgqueuer SET entrypoint = 'core.refund_payment'",
    "changed payload": "UPDATE pgqueuer SET payload = 'x'",
    "a signature": "INSERT INTO audit_log (actor, action, subject, why, at, facts)"
    " VALUES ('1', 'payment.refund', 'x', '', now(), '{}')",
    "owner role": "INSERT INTO variables (name, value, updated_at) VALUES ('owner_telegram_ids', '666', now())",
    "end of a restore": "INSERT INTO variables (name, value, updated_at) VALUES ('returned', 'x', now())",
    "provider event": "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts,"
    " received_at, origin) VALUES (gen_random_uuid(), 'acme', 'poll:1', '{}', '', 'pending', 0, now(), 'asked')",
    "access": "UPDATE subscriptions SET access_until = now() + interval '9 years'",
    "the key of another job": "INSERT INTO pgqueuer (entrypoint, payload, priority, status, dedupe_key)"
    " VALUES ('bot.alarm', '', 0, 'queued', 'core.check_subscription:1')",
    "the key of another job, for later": "INSERT INTO due_jobs (name, payload, priority, due_at, key)"
    " VALUES ('bot.alarm', '{}', 0, now(), 'core.check_subscription:1')",
}


@pytest.mark.parametrize("what", INVENTED)
async def test_forged_write_of_the_web_login_is_refused(web: asyncpg.Connection, what: str) -> None:
    with pytest.raises(REFUSED):
        await web.execute(INVENTED[what])


@pytest.mark.parametrize("process", ["web", "userbot"])
async def test_web_and_userbot_logins_cannot_extend_access(database_url: str, process: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"SET ROLE {grants.role_of(process)}")
        with pytest.raises(REFUSED):
            await connection.execute("UPDATE subscriptions SET access_until = now()")
    finally:
        await connection.close()


def queued() -> Iterator[tuple[str, str]]:
    for process in grants.PROCESSES:
        for name in sorted(job_names(process)):
            yield process, name


@pytest.mark.exhaustive
@pytest.mark.parametrize(("process", "name"), [*queued()])
async def test_process_can_queue_the_jobs_of_its_use_cases(engine: AsyncEngine, process: str, name: str) -> None:
    name = f"{name}.7" if name == "userbot.acc" else name
    jobs = [Job(name=name, payload={"n": 1}, key="a"), Job(name=name, payload={"n": 2})]
    async with engine.connect() as connection:
        await connection.execute(text(f"SET LOCAL ROLE {grants.role_of(process)}"))
        for _ in range(2):
            await PgJobQueue(connection).enqueue_all(jobs)
            await PgJobQueue(connection).enqueue(Job(name=name, payload={}, key="later", not_before=NOW))
        kept = await connection.scalar(text("SELECT count(*) FROM pgqueuer WHERE entrypoint = :name"), {"name": name})
        assert kept == 3, "one of each key waits"


@pytest.mark.parametrize("process", sorted(grants.rules()["queue"]))
def test_process_may_queue_only_the_jobs_of_its_use_cases(process: str) -> None:
    allowed = {each for each in grants.rules()["queue"][process].split() if not each.endswith("*")}
    # A commit keeps an event that a feature failed to route, whatever the use case.
    assert allowed - {RouteEvent.name} <= job_names(process)


async def test_userbot_may_audit_the_actions_of_its_use_cases(database_url: str) -> None:
    actions = audit_actions("userbot")
    assert {"access.revoked", "access.suspended", "channel.mended", "join_request.declined"} <= actions
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"SET ROLE {grants.role_of('userbot')}")
        for action in sorted(actions):
            await connection.execute(
                "INSERT INTO audit_log (actor, action, subject, why, at, facts)"
                " VALUES ('system', $1, 'x', '', now(), '{}')",
                action,
            )
    finally:
        await connection.close()
