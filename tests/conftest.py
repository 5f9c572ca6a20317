"""Databases for every test that asks: one server per test process, one fresh database per test. And a browser.

With `-n` the tests run in several processes: those of a file in one of them, and whole demos in no more than three.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling, Scheduling

from subscriptions.bootstrap import migrate
from subscriptions.infrastructure.database.grants import PROCESSES
from tests.support import drawn
from tests.support.browser import find_browser
from tests.support.compiled_once import compile_once
from tests.support.garbage import seldom
from tests.support.in_memory import folder_in_memory
from tests.support.looked_once import look_once
from tests.support.nurse import Cradle, Home, Nurse, SharedNurse
from tests.support.ordered import DEMOS, rank, touched_tests
from tests.support.overheard import pytest_runtest_makereport  # noqa: F401  # holds what every test logs
from tests.support.postgres import (
    Databases,
    Server,
    as_process,
    database_name,
    in_own_thread,
    judge_time,
    running_server,
)
from tests.support.told_briefly import tell_briefly
from tests.support.trusted import read_once
from tests.support.typed_once import type_once

read_once()
compile_once()
look_once()
type_once()
# A shell starts what it runs in the background deaf to Ctrl-C, and with it all that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# httpcore looks for it with each lock it makes, and pytest's own finder needs half a millisecond to find nothing.
sys.modules.setdefault("sniffio", None)

# How long an example takes says something about the machine alone. What CI sets by itself stays.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

DEMOS_AT_A_TIME = 3


class ThreeDemosAtATime(LoadFileScheduling):
    """Hands out whole files, to no more than three at a time one with whole demos: more would only wait for each other.

    Where nothing but demos is left, whoever is free takes one.
    """

    def _assign_work_unit(self, node: Any) -> None:
        if sum(self._plays(other) for other in self.nodes if other is not node) >= DEMOS_AT_A_TIME:
            other = next((file for file in self.workqueue if not _is_demo(file)), None)
            if other is not None:
                self.workqueue.move_to_end(other, last=False)
        super()._assign_work_unit(node)

    def _plays(self, node: Any) -> bool:
        """Whether it has a demo to finish."""
        return any(_is_demo(file) and not all(tests.values()) for file, tests in self.assigned_work[node].items())


def _is_demo(nodeid: str) -> bool:
    return nodeid.startswith(DEMOS)


def pytest_configure(config: pytest.Config) -> None:
    """Play a tenth of what is exhaustive in the short run."""
    config.pluginmanager.register(drawn)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collecting loads and makes stays to the end: looking for garbage in it takes half of collecting's time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        seldom()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Hand out the tests as they come, those that take longest first, whatever `--dist` says."""
    config.option.loadscopereorder = False
    return ThreeDemosAtATime(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what the change touches and the core's rules. Files of one rank stay shuffled, but for demos."""
    files = Counter(item.path for item in items)
    touched = touched_tests()

    def turn(item: pytest.Item) -> tuple[int, int]:
        path = item.nodeid.partition("::")[0]
        return rank(path, touched), -files[item.path] if _is_demo(path) else 0

    items.sort(key=turn)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say no more than is asked, where another process shows what is said."""
    if hasattr(session.config, "workerinput"):
        tell_briefly(session.config)


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
    with (
        folder_in_memory(tmp_path_factory.mktemp("postgres")) as folder,
        running_server(folder / "postgres") as server,
    ):
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres_server: Server) -> str:
    """The name of a database with all migrations applied; to be copied, never connected to."""
    url = postgres_server.create()
    logins = {process: as_process(url, process) for process in PROCESSES}
    in_own_thread(lambda: migrate.upgrade(url, logins=logins))
    judge_time(url, judges=False)
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
