"""Fixtures with complete demos: embedded PostgreSQL, all processes and the sandbox. Each demo is checked at its end.

The demos' processes are forked from a fork server, which saves the time to load modules. Test modules about starting,
killing and restarting processes set `STARTED_ANEW`; their demos start each process anew, as for a user.
"""

from collections.abc import Iterator

import pytest

from tests.support.bot_api_calls import refused_by_types
from tests.support.demo import Demo, running_demo
from tests.support.fork_clients import ForkClient


def _looked_over(demo: Demo) -> Iterator[Demo]:
    yield demo
    if demo.ready_file.exists():
        assert refused_by_types(demo.get("/calls")["calls"]) == []


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run a demo that all tests of a module share; each test creates its own people. The module may define `SETTINGS`
    for the demo.
    """
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    anew: bool = getattr(request.module, "STARTED_ANEW", False)
    fork_client: ForkClient | None = None if anew else request.getfixturevalue("fork_client")
    with running_demo(tmp_path_factory.mktemp("demo"), *options, fork_client=fork_client) as running:
        yield from _looked_over(running)


@pytest.fixture
def own_demo(tmp_path_factory: pytest.TempPathFactory, fork_client: ForkClient) -> Iterator[Demo]:
    """Run a demo for one test, which may kill it or set faults."""
    with running_demo(tmp_path_factory.mktemp("demo"), fork_client=fork_client) as running:
        yield from _looked_over(running)
