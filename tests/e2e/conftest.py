"""Whole demos: embedded PostgreSQL, all processes, the sandbox; every one is looked over at its end."""

from collections.abc import Iterator

import pytest

from tests.support.bot_api_calls import refused_by_types
from tests.support.demo import Demo, running_demo


def _looked_over(demo: Demo) -> Iterator[Demo]:
    yield demo
    if demo.ready_file.exists():
        assert refused_by_types(demo.get("/calls")["calls"]) == []


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that the tests of a module share; each plays people of its own. With the module's `SETTINGS`, if any."""
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    with running_demo(tmp_path_factory.mktemp("demo"), *options) as running:
        yield from _looked_over(running)


@pytest.fixture
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of this test's own, to be killed or to have faults in."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield from _looked_over(running)
