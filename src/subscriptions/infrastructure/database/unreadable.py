"""Alarms about unreadable rows that were skipped in lists."""

from collections.abc import Sequence
from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.alarms.shared_alarms import RowUnreadable
from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.domain.errors import RetryLater, Unreadable
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.jobs.redaction import redact

log = structlog.get_logger(__name__)


class UnreadableRows:
    """Reporter of unreadable rows. It raises one alarm per row and day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str], date] = {}

    async def report(self, engine: AsyncEngine, rows: Sequence[Unreadable]) -> None:
        """Queue an alarm about each row that was not reported today. If an alarm cannot be queued now, it is queued
        when the row is read again.
        """
        now = self._clock.now()
        new = [row for row in rows if self._told.get((row.table, row.row)) != now.date()]
        if await report_rows(engine, new, now):
            self._told |= {(row.table, row.row): now.date() for row in new}


async def report_rows(engine: AsyncEngine, rows: Sequence[Unreadable], now: datetime) -> bool:
    """Queue an alarm about each row. Return False if the database does not accept the alarms now."""
    jobs = list[Job]()
    for row in rows:
        problem = redact(row.problem)
        log.error("a row cannot be read and is left out", table=row.table, row=row.row, problem=problem)
        alarm = RowUnreadable(table=row.table, row=row.row, problem=problem)
        key = f"{alarm.name}:{row.table}:{row.row}:{now:%Y-%m-%d}"
        jobs.append(RaiseAlarm(key=key, kind=alarm.name, facts=alarm.facts(), at=now).keyed_job(key))
    try:
        with translate_errors():
            if jobs:
                async with engine.begin() as connection:
                    await PgJobQueue(connection).enqueue_all(jobs)
    except RetryLater:
        return False
    return True
