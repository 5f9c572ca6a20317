"""Settings that were entered in the browser. They are stored encrypted in PostgreSQL, and each process reads its
settings at its start. Order of precedence: the environment, the values that owners entered in the console, the values
entered during the setup.

The encryption key is in the file that SETTINGS_KEY_FILE names. Without this setting, no stored settings are read, and
there is no setup in the browser. Each value is encrypted for the processes that read it; a process ignores the others.

A stored value that the key does not open is left out, and reported (`Stored.unreadable`); it stops no process and no
command.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

from subscriptions.application.catalog.keep_payment_keys import key_names
from subscriptions.bootstrap.settings_read import by_process
from subscriptions.bootstrap.token_settings import derived_names
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.setup_state import SqlSetup
from subscriptions.infrastructure.environment import IN_FILE, from_files
from subscriptions.infrastructure.payments.gateway_factory import installed_gateways
from subscriptions.infrastructure.settings_vault import KEY_FILE, READERS, SettingsVault

__all__ = ["KEY_FILE", "SettingsVault"]

OWNERS: Final = "ADMIN_TELEGRAM_IDS"
_ENTERED: Final = frozenset(
    {
        "ADMIN_TELEGRAM_IDS",
        "BOT_WEBHOOK_SECRET",
        "BRAND_NAME",
        "CONSOLE",
        "LEGAL_IDENTITY",
        "PICKS_API_KEY",
        "PICK_MARK_KEY",
        "SESSION_KEY",
        "SHOP_LANGUAGE",
        "SUPPORT_CONTACT",
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN",
        "TERMS_VERSION",
        "VERTICAL",
        "WEBHOOK_KEY",
    }
)
"""Settings that the setup may store, besides the keys of payment methods and the settings that features derive from the
bot's token. Addresses of services and of the database are not included, so that a stored value cannot direct a process
to another server.
"""


SHARED: Final = frozenset({"TELEGRAM_SUBSCRIPTION_BOT_TOKEN"})
"""Settings of the setup that further processes read after a payment method was connected. The bot's login may encrypt
them again (migration `201_seal_for_processes`).
"""


@cache
def sealable() -> frozenset[str]:
    """Return the names of the settings that may be stored."""
    return _ENTERED.union(derived_names(), connectable())


@cache
def connectable() -> frozenset[str]:
    """Return the names of the settings that owners may enter in the console: the keys of payment methods."""
    return frozenset(name for each in installed_gateways().values() for name in key_names(each))


@dataclass(kw_only=True)
class Beginning:
    """State of the settings when the process started.

    given: the process's environment, without stored settings
    process: name of the process
    keys_at: time of the latest change of payment keys that the process has read; None before the first change
    values: stored settings that the process uses
    """

    given: Mapping[str, str] = field(repr=False)
    process: str = ""
    keys_at: datetime | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


BEGINNING: Final[ContextVar[Beginning | None]] = ContextVar("what the process has read at its start", default=None)
"""Values read at the start of this process; None in a command, and in a process whose settings are not entered in the
browser.
"""


def keys_read_at() -> datetime | None:
    """Return the time of the latest change of the payment keys that this process read at its start; None if no payment
    keys had been entered.
    """
    beginning = BEGINNING.get()
    return beginning.keys_at if beginning is not None else None


def new_key() -> str:
    """Return a new key for the key file."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def key_file_of(environ: Mapping[str, str]) -> str:
    """Return the path of the key file; empty if settings are not entered in the browser."""
    return environ.get(KEY_FILE, "").strip()


def master_vault(environ: Mapping[str, str]) -> SettingsVault | None:
    """Return the vault with the master key; None if the process has no master key. Raises
    InvalidInput("SETTINGS_KEY_FILE").
    """
    key_file = key_file_of(environ)
    vault = SettingsVault(key_file) if key_file else None
    return vault if vault is not None and vault.is_master else None


def is_given(environ: Mapping[str, str], name: str) -> bool:
    """Return True if the environment has a value for a setting, either directly or as the path of a file."""
    return bool(environ.get(name, "").strip() or environ.get(name + IN_FILE, "").strip())


@asynccontextmanager
async def setup_of(environ: Mapping[str, str], name: str = "DATABASE_URL") -> AsyncIterator[SqlSetup]:
    """Open the database table with the state and the values of the setup. `name`: setting that contains the database
    URL. Raises InvalidInput(name) if the URL is invalid.
    """
    file_values, wrong = from_files(environ, (name,))
    url = file_values.get(name) or environ.get(name, "").strip()
    if wrong or not url:
        raise InvalidInput(name, wrong.get(name, "is missing"))
    # Assume a pooler; the statements need no session state.
    engine = create_engine(url, pool_size=1, max_overflow=0, application="umbral setup", is_pooled=True)
    try:
        yield SqlSetup(engine)
    finally:
        await engine.dispose()


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Stored settings of one process or command.

    values: decrypted values
    unreadable: names of the settings whose value the key does not open, or which cannot be used
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    unreadable: frozenset[str] = frozenset()


async def read_stored(setup: SqlSetup, vault: SettingsVault, names: Collection[str]) -> Stored:
    """Return those of the settings `names` that are stored for the key's process; other values are not decrypted."""
    return open_rows(await sealed_rows(setup), vault, names)


def open_rows(rows: Mapping[str, str], vault: SettingsVault, names: Collection[str]) -> Stored:
    """Decrypt those of the settings `names` that were encrypted for the key's process. `rows`: encrypted values."""
    values, unreadable = dict[str, str](), set[str]()
    for name, sealed in rows.items():
        if name in names and sealed and vault.is_meant(sealed):
            try:
                values[name] = vault.unseal(name, sealed)
            except InvalidInput:
                unreadable.add(name)
    return Stored(values=values, unreadable=frozenset(unreadable))


async def sealed_rows(setup: SqlSetup) -> Mapping[str, str]:
    """Return the encrypted values, keyed by setting. Keys of payment methods that were entered in the console replace
    those of the setup.
    """
    keys, _ = await setup.payment_keys()
    return {**await setup.sealed(), **{name: each for name, each in keys.items() if name in connectable()}}


async def read_sealed(setup: SqlSetup, vault: SettingsVault, names: Collection[str]) -> Mapping[str, str]:
    """Return the decrypted values of the settings `names`, without those that the key does not open."""
    return (await read_stored(setup, vault, names)).values


def readers_of(name: str, whole: Mapping[str, str]) -> frozenset[str]:
    """Return the processes that read a setting in an installation with these settings. The worker reads a setting that
    no process needs.
    """
    return frozenset(each for each in READERS if name in names_of(each, whole)) or frozenset({"worker"})


async def share(setup: SqlSetup, vault: SettingsVault, stored: Stored, whole: Mapping[str, str]) -> None:
    """Encrypt the values that the setup stored for the processes that read them now, if these have changed since, as
    after a payment method was connected that needs the bot's token.

    whole: complete environment of the key's process
    """
    for name, sealed in (await setup.sealed()).items():
        readers = readers_of(name, whole)
        if name in stored.values and name in SHARED and vault.readers(sealed) not in {frozenset(), readers}:
            await setup.reseal(name, vault.seal(name, stored.values[name], readers), readers)


async def seal_for_readers(environ: Mapping[str, str]) -> None:
    """Encrypt the values of an earlier version, which only the master key opens, for the processes that read them.

    environ: environment of a command with the master key and the address of the tables' owner

    Raises InvalidInput, and RetryLater.
    """
    vault = SettingsVault(key_file_of(environ))
    async with setup_of(environ) as setup:
        stored = await read_stored(setup, vault, sealable())
        whole = with_environment(environ, stored.values)
        for is_payment_key, rows in ((False, await setup.sealed()), (True, (await setup.payment_keys())[0])):
            earlier = {name: each for name, each in rows.items() if each and not vault.readers(each)}
            values = {name: value for name, each in earlier.items() if (value := vault.open(name, each)) is not None}
            readers = {name: readers_of(name, whole) for name in values}
            sealed = {name: (vault.seal(name, value, readers[name]), readers[name]) for name, value in values.items()}
            await setup.replace_earlier(sealed, is_payment_key=is_payment_key)


def names_of(process: str, environ: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the settings that a process reads and that may be stored."""
    return sealable() & by_process(environ)[process]


def with_environment(environ: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, completed with the stored values of settings that it lacks."""
    return {**environ, **{name: value for name, value in stored.items() if not is_given(environ, name)}}


async def adopt(environ: Mapping[str, str]) -> tuple[dict[str, str], Collection[str]]:
    """Return a command's environment, completed with the stored settings, and the names of those that the key does not
    open. Stored settings are ignored until the setup is finished.

    Raises InvalidInput, RetryLater, and NotPrepared before the database's tables are created.
    """
    stored = await _in_force(environ)
    return with_environment(environ, stored.values), stored.unreadable


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Origins of an installation's settings.

    is_open: True while the setup in the browser is open
    in_force: names of the stored settings that are in use
    overridden: names of those that the environment overrides
    unreadable: names of those that the key does not open
    """

    is_open: bool
    in_force: Sequence[str] = ()
    overridden: Sequence[str] = ()
    unreadable: Collection[str] = ()


async def sources(environ: Mapping[str, str]) -> Sources | None:
    """Return the origins of the settings; None if settings are not entered in the browser. Raises the same errors as
    `adopt`.

    `environ`: complete environment.
    """
    if not key_file_of(environ):
        return None
    async with setup_of(environ) as setup:
        if await setup.is_open():
            return Sources(is_open=True)
        stored = await read_stored(setup, SettingsVault(key_file_of(environ)), sealable())
    files, _ = from_files(environ, stored.values)
    in_force = [
        name
        for name, value in stored.values.items()
        if (files.get(name) or environ.get(name, "").strip()) == value.strip()
    ]
    overridden = [name for name in stored.values if name not in in_force]
    return Sources(is_open=False, in_force=in_force, overridden=overridden, unreadable=stored.unreadable)


async def _in_force(environ: Mapping[str, str]) -> Stored:
    """Return the stored settings; empty before the setup is finished or without a key file."""
    key_file = key_file_of(environ)
    if not key_file:
        return Stored()
    async with setup_of(environ) as setup:
        return Stored() if await setup.is_open() else await read_stored(setup, SettingsVault(key_file), sealable())
