"""Whether this worker makes backups. What makes them is loaded where it does: not every image has it."""

from collections.abc import Mapping
from importlib import import_module

from subscriptions.application.recovery.keep_backups import KeepBackups
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

__all__ = ["KeepBackups", "are_wanted", "kept_backups", "new_backup_key"]


def are_wanted(environ: Mapping[str, str]) -> bool:
    """BACKUP_TO says where they go."""
    return bool(environ.get("BACKUP_TO", "").strip())


def new_backup_key() -> str:
    """For BACKUP_KEY; empty in an image that makes no backups."""
    try:
        backups = import_module("subscriptions.bootstrap.backups")
    except ModuleNotFoundError:
        return ""
    return str(backups.new_key())


def kept_backups(environ: Mapping[str, str], units: UnitOfWorkFactory, clock: Clock) -> KeepBackups | None:
    """What makes them when it is time; None where none are wanted.

    Raises InvalidInput where what makes them is not installed, SettingsError, and BackupFailed.
    """
    if not are_wanted(environ):
        return None
    try:
        backups = import_module("subscriptions.bootstrap.backups")
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "BACKUP_TO", f"{error.name} is not installed here: umbral[backup], or the image worker-backup"
        ) from error
    keeper: KeepBackups = backups.keep_backups(environ, units, clock)
    return keeper
