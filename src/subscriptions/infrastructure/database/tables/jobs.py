"""Tables of postponed jobs, leases, schedules and counters."""

from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Column, Index, Integer, Table, Text, false, func, text
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.infrastructure.database.tables.base import metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import (
    CONTENT,
    OURS,
    TECHNICAL,
    Fate,
    mentions,
    person,
    queued_work,
)

# `due_at` is business time; all other jobs wait in pgqueuer's own table.
due_jobs = Table(
    "due_jobs",
    metadata,
    Column("id", BigInteger, primary_key=True, info=TECHNICAL),
    words("name", TECHNICAL),
    Column("payload", JSONB, nullable=False, info=CONTENT),
    Column("priority", Integer, nullable=False),
    moment("due_at"),
    words("key", TECHNICAL, null=True),
    words("cause", TECHNICAL, null=True),
    Column("created_at", TIMESTAMP(timezone=True), nullable=False, server_default=func.now()),
    Index("one_due_job_per_key", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
    Index("ix_due_jobs_due_at", "due_at"),
    info=person(queued_work("payload::text"), Fate.DELETE),
)

# `until` is the database's own time, because leases show which process is running and therefore need real time.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True, info=TECHNICAL),
    words("owner", TECHNICAL),
    moment("until"),
    info=person(mentions("name"), Fate.DELETE, scope=f"({mentions('name')} AND until < now())"),
)

# Last run of each scheduled task. `ran_at`: business time. `subject`: a provider's code, or empty.
scheduled_runs = Table(
    "scheduled_runs",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    Column("subject", Text, primary_key=True, info=OURS),
    moment("ran_at"),
)

# Cached metrics of a business with many rows, as JSON, until they are calculated again.
kept_figures = Table(
    "kept_figures",
    metadata,
    Column("question", Text, primary_key=True, info=OURS),
    moment("counted_at"),
    moment("asked_at"),
    words("answer", OURS),
)

# Counters of the processes, for monitoring only.
tallies = Table(
    "tallies",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    Column("label", Text, primary_key=True, info=OURS),
    Column("value", BigInteger, nullable=False, info=OURS),
)

# Rows that processes deleted, one record per row, as recorded by a trigger (migration `record_deletions`). `at`: the
# database's own time. `checked`: the worker found a line of the audit log of the same transaction, or raised an alarm.
deletions = Table(
    "deletions",
    metadata,
    Column("id", BigInteger, primary_key=True, info=OURS),
    moment("at"),
    words("login", OURS),
    words("relation", OURS),
    Column("transaction", BigInteger, nullable=False, info=OURS),
    Column("checked", Boolean, nullable=False, server_default=false()),
    Index("ix_deletions_unchecked", "login", "relation", "id", postgresql_where=text("NOT checked")),
)

# Rows that processes added or changed in watched tables (migration `record_additions`), as in `deletions`. `label`: the
# value that identifies the row.
additions = Table(
    "additions",
    metadata,
    Column("id", BigInteger, primary_key=True, info=OURS),
    moment("at"),
    words("login", OURS),
    words("relation", OURS),
    words("label", OURS, null=True),
    Column("transaction", BigInteger, nullable=False, info=OURS),
    Column("checked", Boolean, nullable=False, server_default=false()),
    Index("ix_additions_unchecked", "login", "relation", "id", postgresql_where=text("NOT checked")),
)
