"""Storage of settings as the setup page in the browser stores them, without a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from subscriptions.bootstrap.sealed_settings import SettingsVault, new_key, readers_of, setup_of
from subscriptions.infrastructure.database.setup_state import SqlSetup


def key_file(folder: Path) -> str:
    """Write a new key to a file in the folder and return the file's path."""
    file = folder / "settings.key"
    file.write_text(new_key())
    return str(file)


@asynccontextmanager
async def open_setup(url: str) -> AsyncIterator[SqlSetup]:
    """Open the repository of the browser setup with the login in this database URL."""
    async with setup_of({"DATABASE_URL": url}) as setup:
        yield setup


async def enter(setup: SqlSetup, file: str, values: Mapping[str, str]) -> None:
    """Store values in encrypted form, as the setup page does."""
    vault = SettingsVault(file)
    readers = {name: readers_of(name, values) for name in values}
    await setup.keep({name: (vault.seal(name, value, readers[name]), readers[name]) for name, value in values.items()})
