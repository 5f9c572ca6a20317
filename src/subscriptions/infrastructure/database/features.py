"""Database records about features: counts of the rows that prevent a disabled feature from being switched off
completely, and the features loaded in each process.

A process may not read every table, so database functions of the tables' owner count the rows and find the features in
use. `umbral migrate` creates them from the declarations of the installed features.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto.jobs import RouteEvent
from subscriptions.application.features import EVENTS, JOBS, Feature
from subscriptions.domain.ports.feature_books import NotPrepared, RunningFeatures
from subscriptions.infrastructure.database.errors import translate_errors

FRESH: Final = timedelta(minutes=1)
"""Maximum age of a process's last record for the process to count as running."""
_OTHER_VERSION: Final = frozenset({"42P01", "42703", "42883", "42501"})
"""SQLSTATEs of a missing table, column, function or privilege, which `umbral migrate` provides."""

_LEFT: Final = text("SELECT feature, name, waiting FROM public.umbral_left(CAST(:names AS text[]))")
_USED: Final = text("SELECT feature FROM public.umbral_used()")
_DUE: Final = text(
    "SELECT EXISTS (SELECT FROM pgqueuer WHERE status = 'picked' OR (status = 'queued' AND execute_after <= now()))"
)
# Rows are locked in the order of their keys, so that two concurrent processes cannot deadlock.
_FORGET: Final = text(
    "DELETE FROM process_features WHERE owner IN (SELECT owner FROM process_features"
    " WHERE seen_at < clock_timestamp() - CAST(:fresh AS interval) ORDER BY owner FOR UPDATE SKIP LOCKED)"
)
_RECORD: Final = text(
    "INSERT INTO process_features (owner, process, features, seen_at)"
    " VALUES (:owner, :process, :features, clock_timestamp()) ON CONFLICT (owner) DO UPDATE"
    " SET process = excluded.process, features = excluded.features, seen_at = excluded.seen_at"
)
_RUNNING: Final = text(
    "SELECT owner, process, features FROM process_features"
    " WHERE seen_at >= clock_timestamp() - CAST(:fresh AS interval) ORDER BY process, owner"
)


@contextmanager
def require_migrated() -> Iterator[None]:
    """Raise NotPrepared if a statement needs tables, functions or privileges that `umbral migrate` has not
    created yet.
    """
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) not in _OTHER_VERSION:
            raise
        raise NotPrepared("the tables are not of this version: run `umbral migrate`") from error


@dataclass(frozen=True)
class SqlFeatureBooks:
    """Implementation of FeatureBooks in PostgreSQL. Records are dated by the database's clock, which is never moved on
    purpose.
    """

    engine: AsyncEngine

    async def left(self, names: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        """Implements `FeatureBooks.left`."""
        found: dict[str, dict[str, int]] = {}
        with translate_errors(), require_migrated():
            async with self.engine.connect() as connection:
                for feature, name, waiting in await connection.execute(_LEFT, {"names": [*names]}):
                    counts = found.setdefault(feature, {})
                    counts.update({name: waiting} if waiting else {})
        return found

    async def used(self) -> Collection[str]:
        """Implements `FeatureBooks.used`."""
        with translate_errors(), require_migrated():
            async with self.engine.connect() as connection:
                return frozenset((await connection.execute(_USED)).scalars())

    async def has_due_jobs(self) -> bool:
        """Implements `FeatureBooks.has_due_jobs`."""
        with translate_errors():
            async with self.engine.connect() as connection:
                return bool((await connection.execute(_DUE)).scalar_one())

    async def record(self, running: RunningFeatures) -> None:
        """Implements `FeatureBooks.record`. Also deletes the records of processes that are no longer running."""
        values = {"owner": running.owner, "process": running.process, "features": running.features}
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(_FORGET, {"fresh": FRESH})
                await connection.execute(_RECORD, values)

    async def running(self) -> Sequence[RunningFeatures]:
        """Implements `FeatureBooks.running`."""
        with translate_errors():
            async with self.engine.connect() as connection:
                rows = (await connection.execute(_RUNNING, {"fresh": FRESH})).mappings().all()
        return [RunningFeatures(process=row["process"], owner=row["owner"], features=row["features"]) for row in rows]


def counting_function(features: Iterable[Feature]) -> str:
    """Return the SQL that creates or replaces the function `umbral_left(names)`.

    The function returns a row without a count for each feature of `features`, and a row for each count of the features
    in `names`.
    """
    rows = [line for feature in features for line in _rows_of(feature)]
    body = " UNION ALL ".join(rows) or "SELECT NULL::text, NULL::text, NULL::bigint WHERE false"
    return (
        "CREATE OR REPLACE FUNCTION public.umbral_left(names text[])"
        " RETURNS TABLE (feature text, name text, waiting bigint) LANGUAGE sql STABLE SECURITY DEFINER"
        f" SET search_path = pg_catalog AS $left$ {body} $left$"
    )


def using_function(features: Iterable[Feature]) -> str:
    """Return the SQL that creates or replaces the function `umbral_used()`, which returns the names of the features
    that have been used (see `Feature.used_when`).
    """
    rows = [
        f"SELECT '{feature.name}' WHERE {' OR '.join(f'EXISTS ({query})' for query in feature.used_when)}"
        for feature in features
        if feature.used_when
    ]
    body = " UNION ALL ".join(rows) or "SELECT NULL WHERE false"
    return (
        "CREATE OR REPLACE FUNCTION public.umbral_used() RETURNS TABLE (feature text) LANGUAGE sql STABLE"
        f" SECURITY DEFINER SET search_path = pg_catalog AS $used$ {body} $used$"
    )


def _rows_of(feature: Feature) -> Iterator[str]:
    yield f"SELECT '{feature.name}', '', 0::bigint"
    if feature.jobs:
        yield _row(feature, JOBS, _jobs(feature))
    yield _row(feature, EVENTS, _kept_events(feature))
    for rows in feature.live_rows:
        yield _row(feature, rows.name, f"(SELECT count(*) FROM public.{rows.table} WHERE {rows.condition})")


def _row(feature: Feature, name: str, count: str) -> str:
    return f"SELECT '{feature.name}', '{name}', {count}::bigint WHERE '{feature.name}' = ANY(names)"


def _kept_events(feature: Feature) -> str:
    return (
        f"(SELECT count(*) FROM public.pgqueuer WHERE entrypoint = '{RouteEvent.name}' AND status IN"
        " ('queued', 'picked') AND (convert_from(payload, 'UTF8')::jsonb ->> 'feature') ="
        f" '{feature.name}')"
    )


def _jobs(feature: Feature) -> str:
    names = ", ".join(f"'{name}'" for name in sorted(feature.jobs))
    return (
        f"((SELECT count(*) FROM public.pgqueuer WHERE entrypoint IN ({names}) AND status IN ('queued', 'picked'))"
        f" + (SELECT count(*) FROM public.due_jobs WHERE name IN ({names})))"
    )
