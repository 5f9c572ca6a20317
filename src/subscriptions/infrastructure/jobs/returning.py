"""Detection of a restore: the identity of a restored database differs from the identity recorded in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.application.alarms.watch_clock import LAST_SEEN, LOOK_EVERY
from subscriptions.application.dto.jobs import Announce, DeliverPost, FanOutPost, Reconcile
from subscriptions.application.people.watch_restore import RETURN
from subscriptions.domain.entities import variable
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.database_restore import DatabaseRestore
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.receipt import NEW_SERIES
from subscriptions.domain.entities.variable import T, Variable
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables.channels import IS_PRECREATED, telegram_channels
from subscriptions.infrastructure.jobs.executor import REST
from subscriptions.infrastructure.jobs.queue import PgJobQueue

_C = telegram_channels.c

IDENTITY: Final = variable.text("place")
"""Variable with the recorded identity: the server and database that contain these tables."""
MOVED_MARK: Final = "moved"
"""Value of the variable `IDENTITY` in a database that was moved: its processes were stopped before it was copied, so no
data is missing.
"""
AFTER_RESTORE: Final = "returned"
"""Key of the reconciliation job that follows a restore."""

_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(7204911093186422)")
_DATABASE_ID: Final = text(
    "SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())"
    " FROM pg_control_system()"
)
_HERE_OF_LITTLE: Final = text("SELECT '?/' || oid FROM pg_database WHERE datname = current_database()")
_NOT_TOLD: Final = frozenset({"42501", "0A000"})
"""SQLSTATEs with which some managed servers refuse to report their identity. A restore to such a server must be
reported manually.
"""
_HAS_VARIABLES: Final = text("SELECT to_regclass('public.variables') IS NOT NULL")
_READ_VARIABLE: Final = text("SELECT value FROM variables WHERE name = :name")
_SET_VARIABLE: Final = text(
    "INSERT INTO variables (name, value, updated_at) VALUES (:name, :value, now())"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()"
)
_ON_THEIR_WAY: Final = text(
    "DELETE FROM pgqueuer WHERE entrypoint = ANY(:names) AND status IN ('queued', 'picked') RETURNING entrypoint"
)
_SHOWN_SINCE: Final = text(
    "DELETE FROM pgqueuer WHERE entrypoint = :name AND status IN ('queued', 'picked')"
    " AND convert_from(payload, 'UTF8')::jsonb ->> 'first' IS DISTINCT FROM 'false'"
    " AND convert_from(payload, 'UTF8')::jsonb ->> 'pick_id' IN (SELECT id::text FROM picks WHERE created_at <= :until)"
)
_NOT_SHOWN: Final = text(
    "UPDATE pick_deliveries SET failed = 'brought_back', sending_since = NULL"
    " WHERE revision = 0 AND failed IS NULL RETURNING 1"
)
# A pre-created channel may have been sold in the hours missing from the backup, and would then contain a customer's
# welcome and links. So no channel that was pre-created before the restore is used.
_PRECREATED: Final = (
    update(telegram_channels)
    .where(text(IS_PRECREATED), or_(_C.channel_id.is_not(None), _C.create_started_at.is_not(None)))
    .values(status=ChannelStatus.DELETED.value, account_id=None)
)
# API keys that were revoked and console sessions that ended after the backup would become valid again, and it is
# unknown which.
_HELD_KEYS: Final = text("UPDATE api_keys SET held_at = :now WHERE held_at IS NULL")
_VISITS: Final = text("DELETE FROM console_visits")
_INVITATIONS: Final = text("DELETE FROM staff_invitations WHERE accepted_at IS NULL")
_RECORD: Final = text(
    "INSERT INTO audit_log (actor, action, subject, why, at, facts)"
    " VALUES ('system', 'database.restored', '', '', :now, '{}')"
)
"""Statement that adds an entry about the restore to the audit log. The entry explains the rows that the same
transaction deletes.
"""
_RENEWAL: Final = str(MessageKind.RENEWED)
_DROP_QUEUED: Final = text(
    "DELETE FROM pgqueuer WHERE entrypoint = :name AND position(CAST(:kind AS bytea) IN payload) > 0"
)
_DROP_WAITING: Final = text("DELETE FROM due_jobs WHERE name = :name AND payload ->> 'kind' = :kind")

_SOONER: Final = text("UPDATE due_jobs SET due_at = :at WHERE due_at > :at AND due_at <= :end")
_UNDER_WAY: Final = timedelta(minutes=1)
"""Time after a process's last recorded activity during which the process may still have worked."""
_KNOWN_TO_ALL: Final = 2 * LOOK_EVERY


@dataclass(frozen=True)
class RestoreMark:
    """State of the database after a restore: detection of a restore, and the time during which due jobs are held.
    Raises RetryLater if the database does not respond.
    """

    engine: AsyncEngine

    async def elsewhere(self) -> bool:
        """Return True if the database's identity differs from the recorded one; False if no identity was
        ever recorded.
        """
        with translate_errors():
            async with self.engine.connect() as connection:
                identity = await _identity(connection)
                return await _read_variable(connection, IDENTITY) not in {None, MOVED_MARK, identity}

    async def restored_at(self) -> datetime | None:
        """Return the timestamp of the data if the database was restored and no worker has used it since; otherwise
        None.
        """
        async with self.engine.connect() as connection:
            if not (await connection.execute(_HAS_VARIABLES)).scalar_one():
                return None
            own_identity = await _identity(connection)
            if await _read_variable(connection, IDENTITY) in {None, MOVED_MARK, own_identity}:
                return None
            return await _read_variable(connection, LAST_SEEN)

    async def begin(self, now: datetime) -> None:
        """Record the identity of the database if none is recorded. If the identity has changed, record a restore and
        start a reconciliation.

        Called by the worker. Messages that were being sent at the time of the backup were delivered after the backup,
        so these messages are discarded.
        """
        with translate_errors():
            async with self.engine.begin() as connection:
                identity = await _identity(connection)
                if await _read_variable(connection, IDENTITY) == identity:
                    return
                await connection.execute(_ONE_AT_A_TIME)
                recorded = await _read_variable(connection, IDENTITY)
                if recorded not in {None, MOVED_MARK, identity}:
                    await _note(connection, now)
                await connection.execute(_SET_VARIABLE, {"name": IDENTITY.name, "value": identity})

    async def accept_move(self, made_at: datetime) -> datetime | None:
        """Mark the database as moved, so that all processes continue as before. Return None on success. `made_at`: time
        of the copy.

        If a process was still working at the time of the copy, change nothing and return the time of that process's
        last activity.
        """
        with translate_errors():
            async with self.engine.begin() as connection:
                last_seen = await _read_variable(connection, LAST_SEEN)
                if last_seen is not None and made_at - last_seen < 2 * LOOK_EVERY:
                    return last_seen
                await connection.execute(_SET_VARIABLE, {"name": IDENTITY.name, "value": MOVED_MARK})
        return None

    async def distrust(self, now: datetime) -> None:
        """Disable every API key until staff confirms the key, end every console session, and delete the open staff
        invitations.
        """
        with translate_errors():
            async with self.engine.begin() as connection:
                await _distrust(connection, now)

    async def end(self, now: datetime) -> None:
        """Resume held jobs after a delay in which every process learns that the reconciliation is over.

        Customers are not notified of renewals that the reconciliation found, because these renewals are old.
        """
        payload = f'"kind":"{_RENEWAL}"'.encode()
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(_RECORD, {"now": now})
                await connection.execute(_DROP_QUEUED, {"name": Announce.name, "kind": payload})
                await connection.execute(_DROP_WAITING, {"name": Announce.name, "kind": _RENEWAL})
                await connection.execute(_SOONER, {"at": now + _KNOWN_TO_ALL, "end": now + REST})


async def _note(connection: AsyncConnection, now: datetime) -> None:
    start = min(await _read_variable(connection, LAST_SEEN) or now, now)
    messages = (await connection.execute(_ON_THEIR_WAY, {"names": [Announce.name]})).rowcount
    await connection.execute(_ON_THEIR_WAY, {"names": [DeliverPost.name]})
    # Posts received after the restore are kept. Changes of posts are kept too, because they can be repeated safely.
    await connection.execute(_SHOWN_SINCE, {"name": FanOutPost.name, "until": start + _UNDER_WAY})
    picks = (await connection.execute(_NOT_SHOWN)).rowcount
    await connection.execute(_PRECREATED)
    await _distrust(connection, now)
    databasereturn = DatabaseRestore(since=start, at=now, unsent=messages, undelivered=picks)
    await connection.execute(_SET_VARIABLE, {"name": RETURN.name, "value": RETURN.write(databasereturn)})
    letters = await _read_variable(connection, NEW_SERIES) or ""
    await connection.execute(_SET_VARIABLE, {"name": NEW_SERIES.name, "value": NEW_SERIES.write(_next_series(letters))})
    await PgJobQueue(connection).enqueue(Reconcile(key=AFTER_RESTORE).keyed_job(AFTER_RESTORE))


async def _distrust(connection: AsyncConnection, now: datetime) -> None:
    await connection.execute(_RECORD, {"now": now})
    await connection.execute(_HELD_KEYS, {"now": now})
    await connection.execute(_VISITS)
    await connection.execute(_INVITATIONS)


async def _identity(connection: AsyncConnection) -> str:
    try:
        async with connection.begin_nested():
            return str((await connection.execute(_DATABASE_ID)).scalar_one())
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_TOLD:
            raise
    return str((await connection.execute(_HERE_OF_LITTLE)).scalar_one())


async def _read_variable(connection: AsyncConnection, variable: Variable[T]) -> T | None:
    text = (await connection.execute(_READ_VARIABLE, {"name": variable.name})).scalar_one_or_none()
    return variable.parse(text) if text is not None else None


def _next_series(letters: str) -> str:
    """Return the letters of the next receipt series: B, C … Z, ZB …; the series before the first restore counts
    as A.
    """
    return f"{letters}B" if letters[-1:] in {"", "Z"} else letters[:-1] + chr(ord(letters[-1]) + 1)
