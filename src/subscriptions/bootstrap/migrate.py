"""Brings the database's tables up to date, from a checkout or an installed package."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.infrastructure.database.engine import create_engine, parse_url
from subscriptions.infrastructure.database.errors import explaining
from subscriptions.infrastructure.database.revision import current_revision

_INSTALLED: Final = Path(__file__).resolve().parents[1] / "_migrations"
_CHECKOUT: Final = Path(__file__).resolve().parents[3] / "migrations"


def url_of(environ: Mapping[str, str]) -> str:
    """The database that `umbral migrate` is to bring up to date. Raises SettingsError."""
    settings = load(MigrationSettings, environ)
    url = settings.migration_url or settings.database_url
    if url is None:
        raise SettingsError({"DATABASE_URL": "missing; put there postgresql://user:password@host/database"})
    return url.get_secret_value()


def upgrade(url: str, revision: str = "head") -> None:
    """Apply all migrations up to `revision`; harmless to repeat and to run at the same time.

    url: `postgresql://…` of a role that may create tables. Starts an event loop of its own, so it must not be called
    from inside one. Raises InvalidInput("DATABASE_URL"), and RetryLater while the database is away.
    """
    with explaining(migrating=True):
        command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back to `revision` (`base`: all of them); their tables' data is lost."""
    command.downgrade(_config(url), revision)


async def current(url: str) -> str | None:
    """The revision the database is at, None for an empty one."""
    engine = create_engine(url, pool_size=1, application="umbral migrate")
    try:
        return await current_revision(engine)
    finally:
        await engine.dispose()


def migrations_folder() -> Path:
    """Where the migrations are: inside the installed package, else beside `src` in a checkout."""
    for folder in (_INSTALLED, _CHECKOUT):
        if (folder / "env.py").is_file():
            return folder
    raise FileNotFoundError("no migrations here: the package was built without its folder subscriptions/_migrations")


def _config(url: str) -> Config:
    parse_url(url)
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["url"] = url
    return config
