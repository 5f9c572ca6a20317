"""Whole demos: embedded PostgreSQL, all processes, the sandbox; every one is looked over at its end.

Their processes are born in a nursery, which spares them the loading. Modules that show how it all starts, dies and
starts again set `STARTED_ANEW`, and have them started as a newcomer has.
"""

from collections.abc import Iterator

import pytest

from tests.support.bot_api_calls import refused_by_types
from tests.support.demo import Demo, running_demo
from tests.support.nurse import Nurse


def _looked_over(demo: Demo) -> Iterator[Demo]:
    yield demo
    if demo.ready_file.exists():
        assert refused_by_types(demo.get("/calls")["calls"]) == []


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that the tests of a module share; each plays people of its own. With the module's `SETTINGS`, if any."""
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    anew: bool = getattr(request.module, "STARTED_ANEW", False)
    nurse: Nurse | None = None if anew else request.getfixturevalue("nurse")
    with running_demo(tmp_path_factory.mktemp("demo"), *options, nurse=nurse) as running:
        yield from _looked_over(running)


@pytest.fixture
def own_demo(tmp_path_factory: pytest.TempPathFactory, nurse: Nurse) -> Iterator[Demo]:
    """A demo of this test's own, to be killed or to have faults in."""
    with running_demo(tmp_path_factory.mktemp("demo"), nurse=nurse) as running:
        yield from _looked_over(running)
