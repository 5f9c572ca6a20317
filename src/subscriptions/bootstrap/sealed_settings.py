"""Settings that were entered in the browser. They are stored encrypted in PostgreSQL, and each process reads its
settings at its start. Order of precedence: the environment, the values that owners entered in the console, the values
entered during the setup.

The encryption key is in the file that SETTINGS_KEY_FILE names. Without this setting, no stored settings are read, and
there is no setup in the browser.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from subscriptions.application.catalog.keep_payment_keys import key_names
from subscriptions.bootstrap.settings_read import by_process
from subscriptions.bootstrap.token_settings import derived_names
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.setup_state import SqlSetup
from subscriptions.infrastructure.environment import IN_FILE, from_files
from subscriptions.infrastructure.payments.gateway_factory import installed_gateways
from subscriptions.infrastructure.telegram.session_vault import SessionVault

KEY_FILE: Final = "SETTINGS_KEY_FILE"
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
    keys_at: time of the latest change of payment keys that the process has read; None before the first change
    """

    given: Mapping[str, str] = field(repr=False)
    keys_at: datetime | None = None


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


class SettingsVault:
    """Encryption of stored settings. A value can only be decrypted under the name of its setting.

    Raises InvalidInput("SETTINGS_KEY_FILE") if the file contains no valid key.
    """

    def __init__(self, key_file: str) -> None:
        try:
            key = Path(key_file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                KEY_FILE, f"cannot be read ({type(error).__name__}); `umbral secrets` makes it, or bring its copy back"
            ) from None
        self._vault = SessionVault(key, KEY_FILE)

    def seal(self, name: str, value: str) -> str:
        """Return the encrypted value."""
        return self._vault.seal(f"{name}\n{value}")

    def unseal(self, name: str, sealed: str) -> str:
        """Decrypt a value. Raises InvalidInput if the value was encrypted with another key or under another name."""
        try:
            kept_name, _, value = self._vault.unseal(sealed).partition("\n")
        except InvalidInput:
            kept_name, value = "", ""
        if kept_name != name:
            raise InvalidInput(
                KEY_FILE, f"is not the key that {name} was sealed with in the database: bring back the key of then"
            )
        return value


def new_key() -> str:
    """Return a new key for the key file."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def key_file_of(environ: Mapping[str, str]) -> str:
    """Return the path of the key file; empty if settings are not entered in the browser."""
    return environ.get(KEY_FILE, "").strip()


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


async def read_sealed(setup: SqlSetup, vault: SettingsVault, names: Collection[str]) -> Mapping[str, str]:
    """Return the decrypted values of the settings `names`; other stored values are not decrypted.

    Raises InvalidInput if a value was encrypted with another key.
    """
    keys, _ = await setup.payment_keys()
    entered = {name: each for name, each in keys.items() if name in connectable()}
    sealed = {**await setup.sealed(), **entered}
    return {name: vault.unseal(name, each) for name, each in sealed.items() if name in names and each}


def names_of(process: str, environ: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the settings that a process reads and that may be stored."""
    return sealable() & by_process(environ)[process]


def with_environment(environ: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, completed with the stored values of settings that it lacks."""
    return {**environ, **{name: value for name, value in stored.items() if not is_given(environ, name)}}


async def adopt(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a command's environment, completed with the stored settings. Stored settings are ignored until the setup
    is finished.

    Raises InvalidInput, RetryLater, and NotPrepared before the database's tables are created.
    """
    return with_environment(environ, await _in_force(environ))


async def sources(environ: Mapping[str, str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names of the stored settings that are in use, and the names of those that the environment overrides.
    Raises the same errors as `adopt`.

    `environ`: complete environment.
    """
    stored = await _in_force(environ)
    files, _ = from_files(environ, stored)
    in_force = [name for name in stored if (files.get(name) or environ.get(name, "").strip()) == stored[name].strip()]
    return in_force, [name for name in stored if name not in in_force]


async def _in_force(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the stored settings; empty before the setup is finished or without a key file."""
    key_file = key_file_of(environ)
    if not key_file:
        return {}
    async with setup_of(environ) as setup:
        return {} if await setup.is_open() else await read_sealed(setup, SettingsVault(key_file), sealable())
