"""Tables that the job queue and the migration tool have in Umbral's database."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.types import NULLTYPE

from subscriptions.infrastructure.database.tables.personal import (
    CONTENT,
    OURS,
    QUEUED_WORK,
    TECHNICAL,
    Fate,
    Info,
    may_mention,
    mentions,
    person,
)

foreign: Final = MetaData()


def _columns(holds: Info, names: str) -> Iterator[Column[Any]]:
    return (Column(name, NULLTYPE, info=holds) for name in names.split())


Table(
    "pgqueuer",
    foreign,
    *_columns(CONTENT, "payload"),
    *_columns(
        TECHNICAL,
        "id priority queue_manager_id created updated heartbeat execute_after status entrypoint dedupe_key headers"
        " attempts slot",
    ),
    info=person(QUEUED_WORK, Fate.DELETE, scope=f"(status <> 'picked' AND {QUEUED_WORK})"),
)
Table(
    "pgqueuer_log",
    foreign,
    *_columns(CONTENT, "traceback"),
    *_columns(TECHNICAL, "id created job_id status priority entrypoint aggregated"),
    info=person(mentions("traceback::text"), Fate.DELETE, scope=may_mention("traceback::text")),
)
Table("pgqueuer_statistics", foreign, *_columns(OURS, "id created count priority status entrypoint"))
Table(
    "pgqueuer_schedules",
    foreign,
    *_columns(OURS, "id expression entrypoint heartbeat created updated next_run last_run status"),
)
Table("alembic_version", foreign, *_columns(OURS, "version_num"))
