"""Database migrations, from a checkout or an installed package."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from subscriptions.application.feature_failures import reason_of
from subscriptions.application.features import OTHER_PACKAGE
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput, RetryLater, UmbralError
from subscriptions.infrastructure.database import known_time, roles
from subscriptions.infrastructure.database.address import parse_url
from subscriptions.infrastructure.database.deletions import install_triggers
from subscriptions.infrastructure.database.engine import create_engine, is_pooled
from subscriptions.infrastructure.database.errors import (
    A_LOCK,
    OWNER_URL,
    ConflictingWrite,
    explain_errors,
    name_setting,
    translate_errors,
)
from subscriptions.infrastructure.database.features import counting_function, using_function
from subscriptions.infrastructure.database.losses import Columns, columns, columns_seen, losses
from subscriptions.infrastructure.database.revision import current_revision, name_blocker

log = structlog.get_logger(__name__)

T = TypeVar("T")
Say = Callable[[str], None]
"""Callback that shows a message to the person who runs the migrations."""

PATIENCE: Final = timedelta(minutes=10)
"""Time limit for retrying a revision while other sessions lock its tables."""
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 15.0
_POOLED: Final = phrase(
    "PgBouncer or its like answers there, and migrations need the database itself: put its own address into"
    " DATABASE_DIRECT_URL or DATABASE_MIGRATION_URL",
    "ahí contesta PgBouncer o algo parecido, y las migraciones necesitan la base de datos misma: pon su dirección en"
    " DATABASE_DIRECT_URL o DATABASE_MIGRATION_URL",
    "aí responde o PgBouncer ou algo parecido, e as migrações precisam da própria base de dados: põe o endereço dela em"
    " DATABASE_DIRECT_URL ou DATABASE_MIGRATION_URL",
)

_UNKNOWN: Final = (
    "its tables are as of {revision}, which this version of Umbral does not know. If a newer version made them, install"
    " that one. If they are older than {oldest}, migrate them first with the version of commit 4b0d00a4"
)
_BASELINE: Final = "baseline"
"""Folder of the revisions that create a new database."""
_BEFORE: Final = "before"
"""Folder of the revisions that migrate a database of an earlier version to the last revision of the baseline."""
_INSTALLED_PATH: Final = Path(__file__).resolve().parents[1] / "_migrations"
_CHECKOUT: Final = Path(__file__).resolve().parents[3] / "migrations"


def url_of(environ: Mapping[str, str]) -> str:
    """Return the URL of the database to migrate. Raises SettingsError."""
    settings = load(MigrationSettings, environ)
    url = settings.owner_url
    if url is None:
        raise SettingsError({"DATABASE_URL": "missing; put there postgresql://user:password@host/database"})
    return url.get_secret_value()


def logins_of(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the database URLs of the processes that have a separate database user, keyed by process. Raises
    SettingsError.
    """
    settings = load(MigrationSettings, environ)
    own = {"web": settings.web_url, "worker": settings.worker_url, "bot": settings.bot_url}
    own |= {"userbot": settings.userbot_url, "console": settings.console_url}
    return {process: url.get_secret_value() for process, url in own.items() if url is not None}


def clock_moves(environ: Mapping[str, str]) -> bool:
    """Return True if the installation uses the sandbox's clock, which may be ahead of real time."""
    return bool(environ.get("CLOCK_URL", "").strip())


class FailedMigration(UmbralError):
    """Error: a revision of a feature failed. The text names the feature."""


class TablesBusy(RetryLater):
    """Error: a revision was not applied because other sessions kept locking its tables."""


def upgrade(
    url: str,
    revision: str = "head",
    *,
    logins: Mapping[str, str] | None = None,
    say: Say = log.warning,
    patience: timedelta = PATIENCE,
    clock_moves: bool = False,
) -> Sequence[str]:
    """Apply all migrations up to `revision`, and return messages about privileges that could not be set.

    With the newest revision, also apply the features' migrations and set the processes' privileges. Idempotent and safe
    to run concurrently.

    A feature's migrations are in its folder `migrations` and are applied whether the feature is on or off, after those
    of the features that it depends on. The table `alembic_version_{feature}` records them.

    Each revision has its own transaction. If a revision does not get its locks within half a second, it is rolled back,
    so that other sessions can continue, and retried.

    url: `postgresql://…` of a role that may create tables
    logins: result of `logins_of`; these roles are created
    say: callback that shows the reason for waiting
    patience: time limit for retrying a revision
    clock_moves: True if the installation uses the sandbox's clock, which may be ahead of real time

    Starts an event loop, so it must not be called from within one. Raises InvalidInput("DATABASE_URL"), TablesBusy if a
    revision was not applied within `patience`, FailedMigration if a revision of a feature failed, and RetryLater if the
    database is not reachable.
    """
    addresses = {process: parse_url(each) for process, each in (logins or {}).items()}
    lines: list[str] = []
    with name_setting(OWNER_URL), explain_errors(is_migrating=True):
        parse_url(url)
        _refuse_pooler(url)
        config = _config(url, _line_of(url, revision))
        config.attributes["say"] = say
        runs = [("", config, each) for each in steps(url, revision)]
        if revision == "head":
            runs += [(name, _config_of_feature(url, name, say), "head") for name in _features_with_migrations()]
        *earlier, (last_name, last_config, last_step) = runs
        for each_name, each_config, each_step in earlier:
            with _naming(each_name):
                _apply(each_config, url, each_step, say, patience)
        if revision == "head":

            def after_migration(connection: Any) -> None:
                connection.exec_driver_sql(known_time.statement(clock_moves=clock_moves))
                for function in (counting_function, using_function):
                    connection.exec_driver_sql(function(installed().features.values()))
                lines.extend(roles.apply(connection, addresses))
                connection.commit()
                install_triggers(connection)

            last_config.attributes["after"] = after_migration
        with _naming(last_name):
            _apply(last_config, url, last_step, say, patience)
    return lines


def can_create(revision: str) -> bool:
    """Return True if this release can create an empty database of this revision."""
    return knows(revision) and revision not in _names(_BEFORE)[:-1]


def unknown_features(revisions: Mapping[str, str]) -> Sequence[str]:
    """Return the names of the features whose tables this installation cannot create. `revisions`: schema revision of
    each feature, or `head`.
    """
    known = _features_with_migrations()
    return [
        name
        for name, revision in revisions.items()
        if name not in known or (revision != "head" and not _knows_of_feature(name, revision))
    ]


def create_tables(url: str, revision: str, features: Mapping[str, str], *, say: Say = log.warning) -> None:
    """Create the tables of these revisions in an empty database, without the processes' logins and privileges, which
    `upgrade` adds.

    features: schema revision of each feature with tables, or `head`

    Starts an event loop, so it must not be called from within one. Raises the same errors as `upgrade`.
    """
    with name_setting(OWNER_URL), explain_errors(is_migrating=True):
        _refuse_pooler(url)
        config = _config(url)
        config.attributes["say"] = say
        _apply(config, url, revision, say, PATIENCE)
        for name in _features_with_migrations():
            if name in features:
                with _naming(name):
                    _apply(_config_of_feature(url, name, say), url, features[name], say, PATIENCE)


@contextmanager
def _naming(feature: str) -> Iterator[None]:
    """Convert an error of a feature's revision to FailedMigration, which names the feature. `feature`: empty for the
    core, whose errors are not converted.
    """
    try:
        yield
    except UmbralError:
        raise
    except Exception as error:
        if not feature:
            raise
        raise FailedMigration(
            f"a migration of the feature {feature} failed: {reason_of(error)}. The core and the features before it are"
            f" migrated, and nothing of the rest was applied. {OTHER_PACKAGE} Then run `umbral migrate` again"
        ) from error


def _refuse_pooler(url: str) -> None:
    if asyncio.run(is_pooled(url)):
        raise InvalidInput("DATABASE_URL", _POOLED)


def _apply(config: Config, url: str, revision: str, say: Say, patience: timedelta) -> None:
    """Apply one revision, retrying while other sessions hold locks on its tables."""
    start, pause_s = time.monotonic(), _FIRST_PAUSE_S
    while True:
        try:
            with translate_errors():
                command.upgrade(config, revision)
                return
        except ConflictingWrite as error:
            if error.constraint != A_LOCK:
                raise
        blocker = asyncio.run(_with_engine(url, name_blocker))
        if time.monotonic() - start >= patience.total_seconds():
            raise TablesBusy(
                f"migration {revision} was given up after {patience.total_seconds():.0f} s: a table that it changes is"
                f" locked by {blocker}. Nothing of it was applied, and the processes may run on; end that transaction,"
                " or run `umbral migrate` again at a quieter hour"
            )
        say(f"migration {revision} waits for a table that is locked by {blocker}; tried again in {pause_s:.0f} s")
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def steps(url: str, revision: str) -> Sequence[str]:
    """Return the revisions from the database's current revision to `revision`, which are applied one after another. For
    an empty database, return only `revision`.
    """
    at = asyncio.run(current(url))
    if at is None:
        return [revision]
    try:
        revisions = [
            each.revision
            for each in ScriptDirectory.from_config(_bare_config(_line(at, revision))).iterate_revisions(revision, at)
        ]
    except (CommandError, RevisionError):
        return [revision]
    return revisions[::-1] or [revision]


def downgrade(url: str, revision: str) -> None:
    """Revert migrations down to `revision` (`base`: revert all). The data in removed tables and columns is lost."""
    with name_setting(OWNER_URL), explain_errors(is_migrating=True):
        command.downgrade(_config(url, _line_of(url, revision)), revision)


def goes_back(url: str, revision: str) -> bool:
    """Return True if `revision` precedes the database's current revision.

    Raises InvalidInput("--to") for an unknown revision, and for one before the last revision of the baseline, with
    which no release of Umbral runs; and the same errors as `upgrade`.
    """
    parse_url(url)
    if revision != "base" and not knows(revision):
        newest = newest_revision()
        raise InvalidInput("--to", f"there is no revision {revision!r}; they are named like {newest!r}, the newest")
    with name_setting(OWNER_URL), explain_errors(is_migrating=True):
        at = asyncio.run(current(url))
    if at is None or revision == at:
        return False
    if revision != "base":
        scripts = ScriptDirectory.from_config(_bare_config(_line(at, revision)))
        if revision not in {each.revision for each in scripts.iterate_revisions(at, "base")}:
            return False
    if revision == "base" or revision in _names(_BASELINE)[:-1]:
        whole = _names(_BASELINE)[-1]
        raise InvalidInput("--to", f"no version runs on the tables before {whole}: to begin anew, drop the database")
    return True


def knows(revision: str) -> bool:
    """Return True if this release can migrate a database of this revision."""
    try:
        return ScriptDirectory.from_config(_bare_config(_line(revision))).get_revision(revision) is not None
    except CommandError:
        return False


def _knows_of_feature(name: str, revision: str) -> bool:
    config = _bare_config()
    _set_locations(config, _migrations_of(installed().packages[name]))
    try:
        return ScriptDirectory.from_config(config).get_revision(revision) is not None
    except CommandError:
        return False


def would_lose(url: str, revision: str) -> Mapping[str, int]:
    """Return the data that `downgrade` would lose: the number of rows with a value, keyed by `table` or `table.column`.

    The downgrade is tried in a transaction that locks the tables and is rolled back.
    """
    with name_setting(OWNER_URL), explain_errors(is_migrating=True):
        columns_before = asyncio.run(_with_engine(url, columns))
        columns_after: list[Columns] = []
        _rehearse(url, revision, lambda connection: columns_after.append(columns_seen(connection)))
        return asyncio.run(_with_engine(url, lambda engine: losses(engine, columns_before, columns_after[0])))


class _TakenBack(Exception):
    """Exception that rolls back the trial transaction of `would_lose`."""


def _rehearse(url: str, revision: str, look: Callable[[Any], None]) -> None:
    def after_migration(connection: Any) -> None:
        look(connection)
        raise _TakenBack

    config = _config(url, _line_of(url, revision))
    config.attributes["after"], config.attributes["is_rehearsal"] = after_migration, True
    with suppress(_TakenBack):
        command.downgrade(config, revision)


async def _with_engine(url: str, ask: Callable[[Any], Awaitable[T]]) -> T:
    engine = create_engine(url, pool_size=1, application="umbral migrate")
    try:
        return await ask(engine)
    finally:
        await engine.dispose()


async def current(url: str) -> str | None:
    """Return the current revision of the database; None if it is empty."""
    return await _with_engine(url, current_revision)


def newest_revision() -> str | None:
    """Return the newest schema revision of this release; None without migrations."""
    return ScriptDirectory.from_config(_bare_config()).get_current_head()


def migrations_folder() -> Path:
    """Return the folder of the migrations, in the installed package or in a source checkout."""
    for folder in (_INSTALLED_PATH, _CHECKOUT):
        if (folder / "env.py").is_file():
            return folder
    raise FileNotFoundError("no migrations here: the package was built without its folder subscriptions/_migrations")


def version_table(feature: str) -> str:
    """Return the name of the table that records the applied migrations of a feature."""
    return f"alembic_version_{feature}"


def _features_with_migrations() -> Sequence[str]:
    found = installed()
    return [name for name in found.features if list(_migrations_of(found.packages[name]).glob("[!_]*.py"))]


def _migrations_of(package: str) -> Path:
    return Path(import_module(package).__path__[0]) / "migrations"


def _config_of_feature(url: str, name: str, say: Say) -> Config:
    config = _config(url)
    folder = _migrations_of(installed().packages[name])
    _set_locations(config, folder)
    config.attributes |= {"say": say, "version_table": version_table(name)}
    return config


def _config(url: str, line: str = _BASELINE) -> Config:
    parse_url(url)
    config = _bare_config(line)
    config.attributes["url"] = url
    return config


def _bare_config(line: str = _BASELINE) -> Config:
    config, folder = Config(), migrations_folder()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    _set_locations(config, folder / "versions" / line, folder / "versions")
    return config


def _set_locations(config: Config, *folders: Path) -> None:
    config.set_main_option("version_locations", "\n".join(map(str, folders)).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")


def _line_of(url: str, wanted: str) -> str:
    """Return the folder of the revisions that lead from the database's current revision to the wanted one: `_BASELINE`
    or `_BEFORE`.

    Raises InvalidInput("DATABASE_URL") if this release does not know the database's revision.
    """
    at = asyncio.run(current(url))
    if at is not None and not knows(at):
        raise InvalidInput("DATABASE_URL", _UNKNOWN.format(revision=at, oldest=_names(_BEFORE)[0]))
    return _line(at, wanted)


def _line(*revisions: str | None) -> str:
    """Return `_BEFORE` if one of these revisions exists only in that folder, otherwise `_BASELINE`. The last revision
    of both folders is the same.
    """
    return _BEFORE if {*_names(_BEFORE)[:-1]} & {*revisions} else _BASELINE


def _names(line: str) -> Sequence[str]:
    """Return the revisions in a folder, the oldest first. The files are named after the revisions."""
    return sorted(path.stem for path in (migrations_folder() / "versions" / line).glob("*.py"))
