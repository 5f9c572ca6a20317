"""Databases for every test that asks: one server per test process, one fresh database per test. And a browser.

With `-n` the tests run in several processes: those of a file in one of them, and whole demos in no more than three.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling, Scheduling

import bot  # noqa: F401  # aiogram as the bot loads it, before a test loads all of it
from subscriptions.bootstrap import migrate
from subscriptions.infrastructure.database.grants import PROCESSES
from tests.support.browser import find_browser
from tests.support.compiled_once import compile_once
from tests.support.nurse import Cradle, Home, Nurse, SharedNurse
from tests.support.overheard import pytest_runtest_makereport  # noqa: F401  # holds what every test logs
from tests.support.postgres import Databases, Server, as_process, database_name, in_own_thread, running_server
from tests.support.trusted import read_once

read_once()
compile_once()
# httpcore looks for it with each lock it makes, and pytest's own finder needs half a millisecond to find nothing.
sys.modules.setdefault("sniffio", None)

# How long an example takes says something about the machine alone. What CI sets by itself stays.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

DEMOS = "tests/e2e"
LONGEST_FIRST = (DEMOS, "tests/conformance", "tests/year", "tests/integration", "tests/sandbox/page")


class ThreeDemosAtATime(LoadFileScheduling):
    """Hands out whole files, and those with whole demos in three lots: more at once would only wait for each other."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return f"{DEMOS} {self._lots[file]}" if file.startswith(f"{DEMOS}/") else file

    @cached_property
    def _lots(self) -> dict[str, int]:
        """Each file's lot, so that they take much the same time: a demo's start takes as long as a test."""
        files = Counter(str(super(ThreeDemosAtATime, self)._split_scope(nodeid)) for nodeid in self.collection)
        lots, lengths = {}, [0, 0, 0]
        for file, tests in files.most_common():
            if file.startswith(f"{DEMOS}/"):
                lots[file] = lengths.index(min(lengths))
                lengths[lots[file]] += tests + 1
        return lots


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collecting loads and makes stays to the end: looking for garbage in it takes half of collecting's time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Hand out the tests as they come, those that take longest first, whatever `--dist` says."""
    config.option.loadscopereorder = False
    return ThreeDemosAtATime(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the work, begin with the longest pieces of it; the rest stays shuffled."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: [not item.nodeid.startswith(f"{folder}/") for folder in LONGEST_FIRST])


HOME = pytest.StashKey[Home]()
CRADLE = pytest.StashKey[Cradle]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Have the test processes born with the tests loaded, but where it is measured what loading them runs."""
    if not config.getoption("cov_source", None):
        config.stash[CRADLE] = cradle = Cradle(config.args)
        for spec in specs:
            spec.python = cradle.python


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each test process where it finds the nursery that all of them share."""
    if HOME not in node.config.stash:
        node.config.stash[HOME] = Home()
    node.workerinput["nursery"] = str(node.config.stash[HOME].path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """With the last test end the nurseries."""
    for kept in (config.stash.get(HOME, None), config.stash.get(CRADLE, None)):
        if kept is not None:
            kept.close()


@pytest.fixture(scope="session")
def nurse(request: pytest.FixtureRequest) -> Iterator[Nurse]:
    """Where processes of the product are born; one for all test processes."""
    told: dict[str, Any] = getattr(request.config, "workerinput", {})
    with SharedNurse(Path(told["nursery"])) if told else Nurse() as nurse:
        yield nurse.ready()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL server for this test process."""
    with running_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres_server: Server) -> str:
    """The name of a database with all migrations applied; to be copied, never connected to."""
    url = postgres_server.create()
    logins = {process: as_process(url, process) for process in PROCESSES}
    in_own_thread(lambda: migrate.upgrade(url, logins=logins))
    return database_name(url)


@pytest.fixture(scope="session")
def databases(postgres_server: Server, migrated_database: str) -> Iterator[Databases]:
    """Migrated and empty ones, to be taken and given back."""
    databases = Databases(postgres_server, migrated_database)
    yield databases
    databases.drop_all()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """`postgresql://…` of a database of this test's own, migrated and empty."""
    url = databases.take()
    yield url
    databases.give_back(url)


@pytest.fixture
def new_database_url(postgres_server: Server, migrated_database: str) -> Iterator[str]:
    """`postgresql://…` of one, migrated and empty, that nobody used before, for what the planner remembers."""
    url = postgres_server.create(migrated_database)
    yield url
    postgres_server.drop(url)


@pytest.fixture
def empty_database_url(postgres_server: Server) -> Iterator[str]:
    """`postgresql://…` of a database of this test's own without any table."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The Chrome or Chromium to look at pages with; without one the test fails, unless NO_BROWSER=1 allows it."""
    found = None if os.environ.get("NO_BROWSER") else find_browser()
    if found is None:
        if os.environ.get("NO_BROWSER"):
            pytest.skip("NO_BROWSER is set")
        pytest.fail("no Chrome or Chromium was found: install one, or set NO_BROWSER=1 to go without")
    return found
