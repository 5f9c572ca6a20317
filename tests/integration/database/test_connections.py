"""Number of connections that the processes may open, compared with the number available."""

from __future__ import annotations

import re

import pytest

from subscriptions.application.inbox.delivery_store import UNDER_WAY
from subscriptions.bootstrap import doctor
from subscriptions.bootstrap.connection_budget import budget, read_replicas
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.core import FOR_COMMANDS, load
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import new_uuid
from subscriptions.infrastructure.jobs.connection import QUEUE_CONNECTIONS
from tests.support.postgres import as_process
from web.concurrency import API

POSTGRESQLS_OWN = 100 - 3
"""Number of connections that PostgreSQL accepts by default, without those reserved for superusers."""


def environ(database_url: str, **more: str) -> dict[str, str]:
    key = str(new_uuid()).replace("-", "")
    return {
        "DATABASE_URL": database_url,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 30,
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": key,
        "SESSION_KEY": key,
        **more,
    }


def test_all_processes_fit_into_the_connection_limit_of_postgresql() -> None:
    budget = [kind.model_fields["database_connections"].default for kind in PROCESSES.values()]
    assert sum(budget) + FOR_COMMANDS <= POSTGRESQLS_OWN
    # Webhooks, /api, pages and figures each find a connection, whatever the others do.
    assert WebSettings.model_fields["database_connections"].default > UNDER_WAY + 1 + API + 1 + 1


async def test_process_opens_no_more_connections_than_its_budget(database_url: str) -> None:
    settings = load(WorkerSettings, environ(database_url, WORKER_DATABASE_CONNECTIONS="17"))
    async with open_core(settings, sells=False) as core:
        pool = core.engine().pool
        assert (pool.size(), pool._max_overflow) == (17 - QUEUE_CONNECTIONS, 0)


async def test_doctor_reports_too_many_connections(database_url: str) -> None:
    def logged(lines: object) -> list[str]:
        return re.findall(r"database: \d+ connections may be opened", str(lines))

    assert logged(await doctor.report_of_database(environ(database_url))) == []
    wide = environ(database_url, WEB_DATABASE_CONNECTIONS="400")
    assert logged(await doctor.report_of_database(wide)) == ["database: 477 connections may be opened"]


def test_connections_of_replicas_are_added_up(database_url: str) -> None:
    found = budget(environ(database_url), read_replicas("web=2, worker=4,userbot=5"))
    assert (found.total, found.direct, found.fits(247), found.fits(246)) == (247, 247, True, False)
    assert found.explanation() == "web 2 × 20, worker 4 × 22, bot 31, userbot 5 × 16, commands 8"
    # With separate logins and a pooler: only the connections that wait for jobs bypass the pooler.
    pooled = environ(database_url, DATABASE_DIRECT_URL=database_url, WEB_DATABASE_URL=as_process(database_url, "web"))
    found = budget(pooled, read_replicas("web=2,worker=4,userbot=5"))
    assert (found.total, found.direct, found.logins) == (247, 6 * (4 + 1 + 5) + 8, 2)
    assert (found.share_of_login(97), found.fits(70), found.fits(69)) == (14, True, False)


@pytest.mark.parametrize("said", ["web", "web=", "web=-1", "webs=2", "console=1"])
def test_invalid_replica_counts_are_refused(said: str) -> None:
    with pytest.raises(InvalidInput, match="web=2,worker=4"):
        read_replicas(said)


async def test_doctor_adds_up_the_given_replicas(database_url: str) -> None:
    (reported,) = [
        line
        for line in await doctor.report_of_database(environ(database_url), read_replicas("worker=2"))
        if line.startswith("database: ")
    ]
    assert reported == (
        "database: 119 connections may be opened (web 20, worker 2 × 22, bot 31, userbot 16, commands 8),"
        " and PostgreSQL takes 297"
    )
