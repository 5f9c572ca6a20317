"""Wiring of the backups that a worker makes on a schedule. The backup code is imported only if backups are configured,
because not every container image includes it.
"""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Final

from subscriptions.application.recovery.keep_backups import KeepBackups, ReportNoBackups
from subscriptions.domain.entities import variable
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.infrastructure.environment import IN_FILE

KEPT_SETTINGS_KEY: Final = variable.text("settings_key_kept")
"""Variable with the fingerprint of the settings' master key of which a copy is stored among the backups."""

__all__ = [
    "KEPT_SETTINGS_KEY",
    "KeepBackups",
    "ReportNoBackups",
    "are_wanted",
    "kept_backups",
    "load_backups",
    "new_backup_key",
]


def are_wanted(environ: Mapping[str, str]) -> bool:
    """Return True if BACKUP_TO is set, directly or by a file named in BACKUP_TO_FILE."""
    return any(environ.get(name, "").strip() for name in ("BACKUP_TO", f"BACKUP_TO{IN_FILE}"))


def load_backups() -> ModuleType:
    """Import the backup code. Raises InvalidInput("BACKUP_TO") in a container image without it."""
    try:
        return import_module("subscriptions.bootstrap.backups")
    except ModuleNotFoundError as error:
        problem = f"{error.name} is not installed here: umbral-access[backup], or the image worker-backup"
        raise InvalidInput("BACKUP_TO", problem) from error


def new_backup_key() -> str:
    """Generate a BACKUP_KEY. Return an empty string in a container image without the backup code."""
    try:
        return str(load_backups().new_key())
    except InvalidInput:
        return ""


def kept_backups(environ: Mapping[str, str], units: UnitOfWorkFactory, clock: Clock) -> KeepBackups | ReportNoBackups:
    """Return the use case that makes scheduled backups. If backups are not configured or cannot be made, return a use
    case that alerts the owners instead.

    The worker's other work continues in either case.
    """
    if not are_wanted(environ):
        return ReportNoBackups(units, clock, None)
    try:
        keeper: KeepBackups = load_backups().keep_backups(environ, units, clock)
    except UmbralError as error:
        return ReportNoBackups(units, clock, " ".join(str(error).split()))
    return keeper
