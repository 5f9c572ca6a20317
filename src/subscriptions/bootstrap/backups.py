"""Wiring of backups for the worker's schedule and the operator's commands."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from subscriptions.application.recovery.keep_backups import KeepBackups
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.backup_clock import KEPT_SETTINGS_KEY
from subscriptions.bootstrap.new_secrets import write_master_key
from subscriptions.bootstrap.sealed_settings import KEY_FILE, key_file_of, master_vault
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.domain.entities.backup import Backup, Keep
from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.infrastructure.backups.backups import SETTINGS_KEY, Backups, Head
from subscriptions.infrastructure.backups.databases import NotEmpty
from subscriptions.infrastructure.backups.errors import Unreadable
from subscriptions.infrastructure.backups.sealing import Keys
from subscriptions.infrastructure.backups.store import BackupStore
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.jobs.returning import RestoreMark

_VERSIONS: Final = "alembic_version_"
"""Beginning of the name of the table with a feature's schema revision."""

__all__ = [
    "SETTINGS_KEY",
    "Head",
    "KeepBackups",
    "NotEmpty",
    "check_settings_key",
    "database_restored",
    "distrust",
    "keep_backups",
    "keep_settings_key",
    "new_key",
    "open_backups",
    "public_half",
    "put_back_settings_key",
    "restore",
    "signs",
    "taken_for_moved",
]


def new_key() -> str:
    """Return a new BACKUP_KEY."""
    return Keys.fresh()


def public_half(environ: Mapping[str, str]) -> str:
    """Return the public half of BACKUP_KEY with its signing key. A worker that has only these can encrypt and sign
    backups, and not decrypt them.

    Raises SettingsError and InvalidInput.
    """
    return Keys(load(BackupSettings, environ).key.get_secret_value()).worker_half


def signs(environ: Mapping[str, str]) -> bool:
    """Return True if BACKUP_KEY can sign backups. Raises SettingsError and InvalidInput."""
    return Keys(load(BackupSettings, environ).key.get_secret_value()).signs


def open_backups(environ: Mapping[str, str], *, is_unsigned: bool = False) -> Backups:
    """Open the store of backups for an operator command.

    is_unsigned: True to read backups without a signature of this shop as well

    Raises SettingsError, InvalidInput and BackupFailed.
    """
    return _backups(load(BackupSettings, environ), SystemClock(), is_unsigned=is_unsigned)


def keep_backups(environ: Mapping[str, str], units: UnitOfWorkFactory, clock: Clock) -> KeepBackups:
    """Create the use case that makes scheduled backups and alerts the owners on failure. Raises the same errors as
    `open_backups`.
    """
    settings = load(BackupSettings, environ)
    keep = Keep(daily=settings.daily, weekly=settings.weekly, monthly=settings.monthly)
    backups = _backups(settings, clock, is_unsigned=False)
    return KeepBackups(units, clock, backups, timedelta(hours=settings.every), keep)


async def keep_settings_key(environ: Mapping[str, str], units: UnitOfWorkFactory) -> None:
    """Store the master key of the settings that were entered in the browser among the backups, and note that its copy
    exists. Does nothing in a process that has no master key. Raises the same errors as `open_backups`.
    """
    vault = master_vault(environ)
    if vault is None:
        return
    await open_backups(environ).keep_settings_key(vault.content)
    async with units() as uow:
        await uow.variables.set(KEPT_SETTINGS_KEY, vault.fingerprint)
        await uow.commit()


async def check_settings_key(environ: Mapping[str, str], *, is_unsigned: bool = False) -> str:
    """Return the reason why the master key could not be restored from the backups; empty if it could, or if this
    process has no master key. Raises the same errors as `open_backups`.
    """
    vault = master_vault(environ)
    if vault is None:
        return ""
    try:
        kept = await open_backups(environ, is_unsigned=is_unsigned).settings_key()
    except Unreadable as error:
        return f"{SETTINGS_KEY}: {error}"
    if kept is None:
        return f"{SETTINGS_KEY} is missing; `umbral backup` writes it"
    return (
        "" if kept == vault.content else f"{SETTINGS_KEY} holds another key than {KEY_FILE}; `umbral backup` writes it"
    )


async def put_back_settings_key(environ: Mapping[str, str], *, is_unsigned: bool = False) -> bool | None:
    """Write the master key that is stored among the backups to the file SETTINGS_KEY_FILE. Return False if no key is
    stored, and None if settings are not entered in the browser.

    is_unsigned: see `open_backups`

    Raises InvalidInput("SETTINGS_KEY_FILE") if the file cannot be written, and the same errors as `open_backups`.
    """
    if not key_file_of(environ):
        return None
    key = await open_backups(environ, is_unsigned=is_unsigned).settings_key()
    if key is not None:
        write_master_key(Path(key_file_of(environ)), key)
    return key is not None


async def restore(environ: Mapping[str, str], name: str | None, *, is_unsigned: bool = False) -> tuple[Backup, Head]:
    """Restore a backup, by default the newest one, into the empty database that the settings name.

    The tables then have the schema of the backup; `migrate.upgrade` brings them up to date.

    is_unsigned: see `open_backups`

    Raises NotEmpty if the database has tables, and the same errors as `open_backups`.
    """
    backups = open_backups(environ, is_unsigned=is_unsigned)
    backup = await backups.get(name)
    return backup, await backups.restore(backup)


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


def _backups(settings: BackupSettings, clock: Clock, *, is_unsigned: bool) -> Backups:
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
        _create_tables,
        is_unsigned=is_unsigned,
    )


def _create_tables(url: str, head: Head) -> None:
    """Create the tables of a backup in an empty database. Raises BackupFailed if this version cannot create them."""
    as_of = f"its tables are as of {head.revision}"
    if not migrate.knows(head.revision):
        raise BackupFailed(
            f"it was made by a newer version of Umbral ({as_of}), and nothing was changed; install that version, and"
            " restore with it"
        )
    if not migrate.can_create(head.revision):
        raise BackupFailed(
            f"it was made before version 1.0.0 ({as_of}), and nothing was changed; restore it with the version that"
            " made it, install version 1.0.0 and run `umbral migrate`, and make a backup there"
        )
    versions = {name.removeprefix(_VERSIONS) for name in head.rows if name.startswith(_VERSIONS)}
    features = {name: head.features.get(name, "head") for name in sorted(versions)}
    if missing := migrate.unknown_features(features):
        raise BackupFailed(
            f"it has tables of {', '.join(missing)}, of which this installation lacks the package or has an older one,"
            " and nothing was changed; install it and restore again"
        )
    migrate.create_tables(url, head.revision, features)
