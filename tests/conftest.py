"""Fixtures and hooks of the whole test suite: one database server per test process, one empty database per test, and a
browser.

With `-n`, tests run in several processes: all tests of a file in the same process, and complete demos in at most three
processes.
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
from tests.support import drawn, isolation, passed
from tests.support.brief_reports import report_briefly
from tests.support.browser import find_browser
from tests.support.compiled_once import compile_once
from tests.support.features import off_in_run
from tests.support.fork_clients import CollectingForkClient, ForkClient, Home, SharedForkClient
from tests.support.garbage import seldom
from tests.support.in_memory import folder_in_memory
from tests.support.looked_once import look_once
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
from tests.support.trusted import read_once
from tests.support.typed_once import type_once

read_once()
compile_once()
look_once()
type_once()
# A shell starts background commands with SIGINT ignored, and the processes that tests start and interrupt would inherit
# that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# For each lock that it creates, httpcore tries to import sniffio, and with pytest's import hook each failed import
# takes half a millisecond.
sys.modules.setdefault("sniffio", None)

# The duration of an example depends only on the machine. The other settings of Hypothesis's CI profile remain.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

DEMOS_AT_A_TIME = 3
collect_ignore = [f"features/{name}" for name in off_in_run()]


class ThreeDemosAtATime(LoadFileScheduling):
    """Scheduler that distributes whole files. Files with demos are given to at most three processes, because more demos
    would slow each other down.

    If only demos remain, any free process takes one.
    """

    def _assign_work_unit(self, node: Any) -> None:
        if sum(self._plays(other) for other in self.nodes if other is not node) >= DEMOS_AT_A_TIME:
            other = next((file for file in self.workqueue if not _is_demo(file)), None)
            if other is not None:
                self.workqueue.move_to_end(other, last=False)
        super()._assign_work_unit(node)

    def _plays(self, node: Any) -> bool:
        """Return True if the process still has a demo to run."""
        return any(_is_demo(file) and not all(tests.values()) for file, tests in self.assigned_work[node].items())


def _is_demo(nodeid: str) -> bool:
    return nodeid.startswith(DEMOS)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the plugins that limit the short run to a tenth of the exhaustive tests, isolate tests that share a
    process, and leave out tests that have passed.
    """
    for plugin in (drawn, isolation, *passed.plugins()):
        config.pluginmanager.register(plugin)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exclude the objects created during collection from garbage collection, which would otherwise take half of the
    collection's time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        seldom()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Distribute the tests in the given order, longest first, regardless of `--dist`."""
    config.option.loadscopereorder = False
    return ThreeDemosAtATime(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests: first those affected by the change and the core's rules. Files of the same rank remain shuffled,
    except demos.
    """
    files = Counter(item.path for item in items)
    touched = touched_tests()

    def turn(item: pytest.Item) -> tuple[int, int]:
        path = item.nodeid.partition("::")[0]
        return rank(path, touched), -files[item.path] if _is_demo(path) else 0

    items.sort(key=turn)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Send short reports from a test process whose parent process prints the output."""
    if hasattr(session.config, "workerinput"):
        report_briefly(session.config)


HOME = pytest.StashKey[Home]()
TEST_FORKS = pytest.StashKey[CollectingForkClient]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Fork the test processes from a process that has loaded the tests, unless coverage is measured."""
    if not config.getoption("cov_source", None):
        config.stash[TEST_FORKS] = loaded_tests = CollectingForkClient(config.args)
        for spec in specs:
            spec.python = loaded_tests.python


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the path of the shared fork server to each test process."""
    if HOME not in node.config.stash:
        node.config.stash[HOME] = Home()
    node.workerinput["fork_server"] = str(node.config.stash[HOME].path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the fork servers at the end of the run."""
    for kept in (config.stash.get(HOME, None), config.stash.get(TEST_FORKS, None)):
        if kept is not None:
            kept.close()


@pytest.fixture(scope="session")
def fork_client(request: pytest.FixtureRequest) -> Iterator[ForkClient]:
    """Yield the client of the fork server that forks the product's processes. All test processes share the fork
    server.
    """
    reported: dict[str, Any] = getattr(request.config, "workerinput", {})
    with SharedForkClient(Path(reported["fork_server"])) if reported else ForkClient() as fork_client:
        yield fork_client.ready()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a PostgreSQL server for this test process."""
    with (
        folder_in_memory(tmp_path_factory.mktemp("postgres")) as folder,
        running_server(folder / "postgres") as server,
    ):
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres_server: Server) -> str:
    """Return the name of a database with all migrations applied. It serves as a template, so no test connects to it."""
    url = postgres_server.create()
    logins = {process: as_process(url, process) for process in PROCESSES}
    in_own_thread(lambda: migrate.upgrade(url, logins=logins))
    judge_time(url, judges=False)
    return database_name(url)


@pytest.fixture(scope="session")
def databases(postgres_server: Server, migrated_database: str) -> Iterator[Databases]:
    """Yield a pool of migrated, empty databases."""
    databases = Databases(postgres_server, migrated_database)
    yield databases
    databases.drop_all()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """Yield the `postgresql://…` URL of a migrated, empty database for one test."""
    url = databases.take()
    yield url
    databases.give_back(url)


@pytest.fixture
def new_database_url(postgres_server: Server, migrated_database: str) -> Iterator[str]:
    """Yield the `postgresql://…` URL of a new, migrated, empty database, for tests in which the planner must not have
    statistics of earlier tests.
    """
    url = postgres_server.create(migrated_database)
    yield url
    postgres_server.drop(url)


@pytest.fixture
def empty_database_url(postgres_server: Server) -> Iterator[str]:
    """Yield the `postgresql://…` URL of a database without tables for one test."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return the path of Chrome or Chromium. If there is none, the test fails, or is skipped with NO_BROWSER=1."""
    found = None if os.environ.get("NO_BROWSER") else find_browser()
    if found is None:
        if os.environ.get("NO_BROWSER"):
            pytest.skip("NO_BROWSER is set")
        pytest.fail("no Chrome or Chromium was found: install one, or set NO_BROWSER=1 to go without")
    return found
