"""Wiring of backups for the worker's schedule and the operator's commands."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from subscriptions.application.recovery.keep_backups import KeepBackups
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.domain.entities.backup import Backup, Keep
from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.infrastructure.backups.backups import Backups, Head
from subscriptions.infrastructure.backups.databases import NotEmpty
from subscriptions.infrastructure.backups.sealing import Keys
from subscriptions.infrastructure.backups.store import BackupStore
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.jobs.returning import RestoreMark

__all__ = [
    "Head",
    "KeepBackups",
    "NotEmpty",
    "database_restored",
    "distrust",
    "keep_backups",
    "new_key",
    "open_backups",
    "public_half",
    "restore",
    "taken_for_moved",
]


def new_key() -> str:
    """Return a new BACKUP_KEY."""
    return Keys.fresh()


def public_half(environ: Mapping[str, str]) -> str:
    """Return the public half of BACKUP_KEY. A worker that has only the public half can encrypt backups and not decrypt
    them.

    Raises SettingsError and InvalidInput.
    """
    return Keys(load(BackupSettings, environ).key.get_secret_value()).public


def open_backups(environ: Mapping[str, str]) -> Backups:
    """Open the store of backups for an operator command. Raises SettingsError, InvalidInput and BackupFailed."""
    return _backups(load(BackupSettings, environ), SystemClock())


def keep_backups(environ: Mapping[str, str], units: UnitOfWorkFactory, clock: Clock) -> KeepBackups:
    """Create the use case that makes scheduled backups and alerts the owners on failure. Raises the same errors as
    `open_backups`.
    """
    settings = load(BackupSettings, environ)
    keep = Keep(daily=settings.daily, weekly=settings.weekly, monthly=settings.monthly)
    backups = _backups(settings, clock)
    return KeepBackups(units, clock, backups, timedelta(hours=settings.every), keep)


async def restore(environ: Mapping[str, str], name: str | None) -> tuple[Backup, Head]:
    """Restore a backup, by default the newest one, into the empty database that the settings name.

    The tables then have the schema of the backup; `migrate.upgrade` brings them up to date. Raises NotEmpty if the
    database has tables, and the same errors as `open_backups`.
    """
    backups = open_backups(environ)
    backup = await backups.get(name)
    return backup, await backups.restore(backup, _require_known)


async def database_restored(environ: Mapping[str, str]) -> datetime | None:
    """Return the timestamp of the restored data if the database was restored and no process has used it since;
    otherwise None.
    """
    async with _database_restore(environ) as database_restore:
        return await database_restore.restored_at()


async def taken_for_moved(environ: Mapping[str, str], head: Head) -> datetime | None:
    """Mark a restored database as moved, so that all processes continue as before. Return None on success.

    If a process was still using the original database when the backup was made, the backup may lack data. In that case,
    change nothing and return the time of that process's last activity.
    """
    async with _database_restore(environ) as database_restore:
        return await database_restore.accept_move(head.made_at)


async def distrust(environ: Mapping[str, str]) -> None:
    """Disable credentials that may have been revoked since the backup: API keys, console sessions and open staff
    invitations.
    """
    async with _database_restore(environ) as database_restore:
        await database_restore.distrust(SystemClock().now())


@asynccontextmanager
async def _database_restore(environ: Mapping[str, str]) -> AsyncIterator[RestoreMark]:
    settings = load(BackupSettings, environ)
    url = settings.owner_url
    engine = create_engine(url.get_secret_value() if url is not None else "")
    try:
        yield RestoreMark(engine)
    finally:
        await engine.dispose()


def _backups(settings: BackupSettings, clock: Clock) -> Backups:
    url = settings.owner_url
    if url is None:
        raise SettingsError({"DATABASE_URL": "missing; put there postgresql://user:password@host/database"})
    options = {
        "endpoint": settings.s3_endpoint,
        "region": settings.s3_region,
        "access_key_id": settings.s3_key_id,
        "secret_access_key": settings.s3_secret.get_secret_value(),
    }
    return Backups(
        BackupStore(settings.destination, options),
        Keys(settings.key.get_secret_value()),
        clock.now,
        url.get_secret_value(),
        (settings.verify_url or url).get_secret_value(),
    )


def _require_known(head: Head) -> None:
    """Raise BackupFailed if the schema revision is unknown to this release."""
    if not migrate.knows(head.revision):
        raise BackupFailed(
            f"it was made by a newer version of Umbral (its tables are as of {head.revision}), and nothing was "
            "changed; install that version, and restore with it"
        )
