"""Rules about a feature's stored rows, each of which works on copies of a migrated database."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, Final, cast

import sqlalchemy
from alembic import command as alembic
from sqlalchemy import event

from bot.feature import chat_handlers, dispatching_handlers
from bot.screens.notices import render
from subscriptions.application.features import FeatureState, dependants
from subscriptions.application.staff.command import StaffCommand, is_available
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.infrastructure.database import tables as core_tables
from subscriptions.infrastructure.database.grants import tables as granted
from subscriptions.infrastructure.database.tables import metadata
from subscriptions.infrastructure.database.tables.personal import Fate, Person
from umbral.testing.feature_kit.database import BUYER, NOON, copy_of, core_on, fetch, furnished, in_thread
from umbral.testing.feature_kit.rule import Subject, rule
from umbral.testing.feature_kit.walk import faults_of_chat, faults_of_pages

_TEXTS: Final = (sqlalchemy.Text, sqlalchemy.String)
_OF_PEOPLE: Final = frozenset({"customers", "orders", "payments", "subscriptions"})
"""Core tables about customers. A table with a foreign key to one of them must declare whose data its rows are."""
_INSERTED: Final = re.compile(r"INSERT INTO (\w+)")
_MOST_KILLS: Final = 60
"""Maximum number of steps at which one job is killed."""


class Killed(BaseException):
    """Raised in the middle of a job to simulate a kill of its process."""


def own_tables(subject: Subject) -> Mapping[str, sqlalchemy.Table]:
    """Return the tables that the feature declares in its module `tables`, without those that it imports."""
    others = {name for need in subject.feature.needs for name in own_tables(Subject(need))}
    for each in iter_modules(core_tables.__path__, f"{core_tables.__name__}."):
        others |= _tables_in(import_module(each.name)).keys()
    return {name: table for name, table in _tables_in(subject.module("tables")).items() if name not in others}


def _tables_in(module: ModuleType | None) -> Mapping[str, sqlalchemy.Table]:
    found = vars(module).values() if module is not None else ()
    return {each.name: each for each in found if isinstance(each, sqlalchemy.Table)}


@rule("tables", "Every table has rights of the processes, and says what an erasure does to each column.")
def tables(subject: Subject) -> Iterator[str]:
    """Check the database privileges of the feature's tables, the declarations of their personal data, and the tables
    named by `live_rows`.
    """
    for table in own_tables(subject).values():
        if table.name not in granted():
            yield f"the table {table.name} has no entry in GRANTS"
        if "person" not in table.info and any(key.column.table.name in _OF_PEOPLE for key in table.foreign_keys):
            yield f"the table {table.name} does not say whose its rows are: info=person(…) or NOBODYS"
        elif isinstance(table.info.get("person"), Person):
            for column in table.columns:
                if isinstance(column.type, _TEXTS) and "holds" not in column.info:
                    yield f"the column {table.name}.{column.name} does not say what it holds"
    for rows in subject.feature.live_rows:
        if rows.table not in metadata.tables:
            yield f"live_rows names the table {rows.table}, which nobody declares"


@rule("migrations", "Its migrations run up and down beside the core's, and make its tables.", needs_database=True)
def migrations(subject: Subject) -> Iterator[str]:
    """Migrate a copy of the database down and up, and compare the result with the declared tables."""

    async def check() -> list[str]:
        async with copy_of(subject.database) as url:
            before = await fetch(url, "SELECT version_num FROM alembic_version")
            faults = await _missing(url, own_tables(subject))
            if list((subject.folder / "migrations").glob("[!_]*.py")):
                config = migrate._config_of_feature(url, subject.name, lambda _: None)
                wrong = await _error_of(alembic.downgrade, config, "base")
                faults += [f"the migrations cannot be reverted: {wrong}"] if wrong else []
                left = [name for name in own_tables(subject) if name in await _names(url)]
                faults += [f"after the way down the table {name} is still there" for name in left if not wrong]
                again = await _error_of(migrate.upgrade, url)
                faults += [f"the migrations cannot be applied again: {again}"] if again else []
                faults += await _missing(url, own_tables(subject))
            if await fetch(url, "SELECT version_num FROM alembic_version") != before:
                faults.append("the core's version changed")
            return faults

    yield from in_thread(check())


async def _error_of(work: Callable[..., object], *arguments: object) -> str:
    """Run a synchronous function in a thread, outside the event loop. Return the error that it raised as text; empty if
    it raised none.
    """
    try:
        await asyncio.to_thread(work, *arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


async def _names(url: str) -> set[str]:
    rows = await fetch(url, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    return {row["table_name"] for row in rows}


async def _missing(url: str, declared: Mapping[str, sqlalchemy.Table]) -> list[str]:
    rows = await fetch(url, "SELECT table_name, column_name FROM information_schema.columns")
    there = {(row["table_name"], row["column_name"]) for row in rows}
    return [
        f"the column {name}.{column.name} is declared, and no migration makes it"
        for name, table in declared.items()
        for column in table.columns
        if (name, column.name) not in there
    ]


@rule("rows", "A row of each kind is rendered in each state, exported and erased.", needs_database=True)
def rows(subject: Subject) -> Iterator[str]:
    """Check that the feature's rows can be stored, shown in every interface and every state of the feature, exported
    and erased.
    """

    async def check() -> list[str]:
        async with furnished(subject) as (url, sale):
            faults = [
                f"`rows` store nothing in {name}"
                for name in own_tables(subject)
                if not (await fetch(url, " ".join(["SELECT 1 FROM", name, "LIMIT 1"])))
            ]
            for state in FeatureState:
                async with core_on(url, state, subject.name) as core:
                    faults += [f"{state}: {each}" async for each in faults_of_pages(core, str(sale.customer))]
                async with core_on(url, state, subject.name, BotSettings) as core:
                    faults += [f"{state}: {each}" async for each in faults_of_chat(core, subject.name)]
            async with core_on(url, FeatureState.ON, subject.name) as core:
                faults += [each async for each in _exported_and_erased(core, subject)]
            return faults

    yield from in_thread(check())


async def _exported_and_erased(core: CoreContainer, subject: Subject) -> AsyncIterator[str]:
    personal = {
        name: table.info["person"]
        for name, table in {**own_tables(subject), **_tables_of_core(subject)}.items()
        if isinstance(table.info.get("person"), Person)
    }
    async with core.units()() as uow:
        customer = await uow.customers.by_telegram_id(BUYER)
        if customer is None:
            raise LookupError("the sale has no customer")
        held = {each.table for each in await uow.personal_data.list_rows(BUYER, customer)}
        for name in sorted(personal.keys() - held):
            yield f"the export lacks the row of {name}"
        await uow.personal_data.erase(BUYER, customer, TelegramId(-7), NOON)
        for each in await uow.personal_data.list_rows(BUYER, customer):
            if each.table in personal and personal[each.table].fate is Fate.DELETE:
                yield f"the erasure leaves the row of {each.table}"


def _tables_of_core(subject: Subject) -> Mapping[str, sqlalchemy.Table]:
    """Return the core's tables about customers in which the feature stores rows."""
    names = {name for row in subject.rows for name in _INSERTED.findall(row)}
    return {name: metadata.tables[name] for name in names if "customer_id" in metadata.tables[name].columns}


@rule("states", "While it is off nothing of it is offered; while it drains, nothing new begins.", needs_database=True)
def states(subject: Subject) -> Iterator[str]:
    """Check the feature's job handlers and commands in each state."""

    async def check() -> list[str]:
        faults = list[str]()
        async with copy_of(subject.database) as url:
            for state in FeatureState:
                async with core_on(url, state, subject.name) as core:
                    running = core.features()
                    faults += [
                        f"{state}: the command {each.name} runs as one of the core; define it in the package"
                        f" {subject.package}"
                        for each in _commands_of(subject)
                        if is_available(each, running.state_of(each)) is not is_available(each, state)
                    ]
                    part = dict(core.features().named_parts(HandlersPart)).get(subject.name)
                    makers = part.by_process.values() if part is not None else ()
                    handled = {name for make in makers for name in make(core)}
                async with core_on(url, state, subject.name, BotSettings) as core:
                    chat = BotContainer(core=core, render=render)
                    handled |= chat_handlers(chat).keys() | dispatching_handlers(chat, cast(Any, None)).keys()
                    missing = subject.feature.jobs - handled
                    if state is not FeatureState.OFF and missing:
                        faults.append(f"{state}: nobody handles {', '.join(sorted(missing))}")
        return faults

    yield from in_thread(check())


def _commands_of(subject: Subject) -> Sequence[type[StaffCommand]]:
    """Return the staff commands in the module `commands`, without commands imported from the product or from a required
    feature.
    """
    module = subject.module("commands")
    found = vars(module).values() if module is not None else ()
    others = ("subscriptions.", *(f"{subject.found.packages[each]}." for each in subject.feature.needs))
    return [
        each
        for each in found
        if isinstance(each, type)
        and issubclass(each, StaffCommand)
        and "name" in each.__dict__
        and not each.__module__.startswith(others)
    ]


@rule("kills", "A job that is killed at any step, and then repeated, has the same result.", needs_database=True)
def kills(subject: Subject) -> Iterator[str]:
    """Kill each job at each of its SQL statements, repeat the job, and compare the result with a run without a kill."""

    async def check() -> list[str]:
        faults = list[str]()
        part = subject.found.part(subject.name, HandlersPart)
        if part is None:
            return []
        async with furnished(subject) as (source, sale):
            jobs = subject.jobs_of(sale)
            names = {each.name for each in jobs}
            for process, make in part.by_process.items():
                async with core_on(source, FeatureState.ON, subject.name) as core:
                    handled = set(make(core))
                faults += [f"`jobs` holds no payload of {name}" for name in sorted(handled - names)]
                for payload in (each for each in jobs if each.name in handled):
                    raw = payload.job().payload
                    wanted, _ = await _play(subject, source, process, payload.name, raw)
                    for step in range(_MOST_KILLS):
                        result, was_killed = await _play(subject, source, process, payload.name, raw, step)
                        if result != wanted:
                            where = f"killed at step {step}" if was_killed else "finished, not acknowledged,"
                            faults.append(f"{payload.name}: {where} and repeated, the result differs")
                        if result != wanted or not was_killed:
                            break
        return faults

    yield from in_thread(check())


async def _play(
    subject: Subject, source: str, process: str, name: str, raw: Any, kill_at: int | None = None
) -> tuple[Any, bool]:
    """Run a job. Return its result (the stored rows, the waiting jobs and the error raised), and whether the job was
    killed.

    kill_at: number of the statement at which the job is killed; the job is then repeated. A job with fewer statements
    is repeated after its completion, as after a lost acknowledgement.
    """
    part = subject.found.part(subject.name, HandlersPart)
    if part is None:
        raise LookupError("the feature has no handlers")
    was_killed = False
    async with copy_of(source) as url:
        if kill_at is not None:
            async with core_on(url, FeatureState.ON, subject.name) as core:
                seen = iter(range(kill_at))

                def kill(*_: Any) -> None:
                    if next(seen, None) is None:
                        raise Killed

                handler = part.by_process[process](core)[name]
                event.listen(core.engine().sync_engine, "before_cursor_execute", kill)
                try:
                    await _raised(handler, raw)
                except Killed:
                    was_killed = True
                finally:
                    event.remove(core.engine().sync_engine, "before_cursor_execute", kill)
        async with core_on(url, FeatureState.ON, subject.name) as core:
            raised = await _raised(part.by_process[process](core)[name], raw)
        return {**await _snapshot(url, subject), "raised": [raised]}, was_killed


async def _raised(handler: Callable[[Any], Awaitable[object]], raw: Any) -> str:
    """Run a handler, and return the type of the UmbralError that it raised; empty if it raised none."""
    try:
        await handler(raw)
    except UmbralError as error:
        return type(error).__name__
    return ""


async def _snapshot(url: str, subject: Subject) -> dict[str, list[str]]:
    """Return the rows of the feature and the waiting jobs, without ids and times, which differ between runs."""
    found = dict[str, list[str]]()
    for name, table in own_tables(subject).items():
        kept = [
            column.name
            for column in table.columns
            if not isinstance(column.type, sqlalchemy.Uuid | sqlalchemy.DateTime)
        ]
        columns = ", ".join(f'"{each}"' for each in kept) or "1"
        found[name] = sorted(map(str, await fetch(url, " ".join(["SELECT", columns, "FROM", name]))))
    # A job may be queued twice, since each has the same result when it is repeated.
    found["jobs"] = sorted(map(str, await fetch(url, "SELECT DISTINCT entrypoint FROM pgqueuer")))
    return found


@rule("removed", "After its package is removed, the product runs and renders what it left.", needs_database=True)
def removed(subject: Subject) -> Iterator[str]:
    """Open the pages in a process without the feature's package and without the features that need it."""
    features = subject.found.features
    absent = ",".join([subject.name, *dependants(subject.name, features, features)])

    async def check() -> list[str]:
        async with furnished(subject) as (url, sale):
            words = ["-m", "umbral.testing.feature_kit.without", absent, url, str(sale.customer)]
            pipe = asyncio.subprocess.PIPE
            environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            walking = await asyncio.create_subprocess_exec(
                sys.executable, *words, stdout=pipe, stderr=pipe, env=environ
            )
            said, errors = await walking.communicate()
            return [] if walking.returncode == 0 else [*said.decode().splitlines(), *errors.decode().splitlines()[-3:]]

    yield from in_thread(check())
