"""Pytest entry point of the conformance kit: every behaviour of a gateway as a test.

In a package that contains a gateway, a test module of two lines is enough:

 from umbral.testing import conformance

 test_conformance = conformance.tests_for("mygateway")

The gateway runs against its provider's simulator (the entry point of the same name in the group
`umbral.gateway_simulators`) over HTTP on the loopback address, and the product's own use cases run behind the gateway
on PostgreSQL. Without a database fixture (see `tests_for`), the server from `pip install umbral-access[demo]` is
started.

A behaviour applies if the gateway's descriptor claims the required capabilities: a claimed behaviour cannot be skipped,
and without a simulator every behaviour fails.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from subscriptions.bootstrap import migrate
from umbral.demo.postgres import EmbeddedPostgres
from umbral.testing.kit import checks
from umbral.testing.kit.behaviour import BEHAVIOURS, Behaviour, Violated
from umbral.testing.kit.runner import Outcome, Runner, Verdict
from umbral.testing.kit.subject import Subject, installed

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "Outcome",
    "Runner",
    "Subject",
    "Verdict",
    "checks",
    "conformance_tests",
    "play",
    "tests_for",
]

_QUICK: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_RUNNERS: Final = pytest.StashKey[dict[str, Runner]]()
_DATABASE: Final = pytest.StashKey[str]()

Test = Callable[..., None]


def conformance_tests(gateway: str, *, database: str | None = None) -> Test:
    """Return one test per behaviour, to be assigned to a name that pytest collects.

    database: name of a fixture that returns `postgresql://…` of a migrated database in which the kit may write, and
    which exists until the tests end.
    """

    @pytest.mark.parametrize("number", sorted(BEHAVIOURS), ids=lambda number: BEHAVIOURS[number].id)
    def test_conformance(number: int, request: pytest.FixtureRequest) -> None:
        outcome = runner_of(gateway, request, database).outcome(number)
        if outcome.verdict is Verdict.FAILS:
            pytest.fail(f"{gateway}: {outcome.behaviour}: {outcome.words}", pytrace=False)

    return test_conformance


tests_for: Final = conformance_tests
"""Alias for test modules; see `conformance_tests`."""


def runner_of(gateway: str, request: pytest.FixtureRequest, database: str | None = None) -> Runner:
    """Return the runner of this gateway, which is created at the first call and closed at the end of the test run."""
    runners = request.config.stash.setdefault(_RUNNERS, {})
    if gateway not in runners:
        try:
            subject = installed(gateway)
        except Violated as missing:
            pytest.fail(str(missing), pytrace=False)
        url = request.getfixturevalue(database) if database is not None else own_database_of(request.config)
        runners[gateway] = Runner(subject, url)
        request.config.add_cleanup(runners[gateway].close)
    return runners[gateway]


def own_database_of(config: pytest.Config) -> str:
    if _DATABASE not in config.stash:
        stack = ExitStack()
        config.stash[_DATABASE] = stack.enter_context(own_database())
        config.add_cleanup(stack.close)
    return config.stash[_DATABASE]


@contextmanager
def own_database() -> Iterator[str]:
    """Provide a migrated PostgreSQL while the block runs. The block must not be entered inside an event loop."""
    with tempfile.TemporaryDirectory(prefix="umbral-conformance-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", _QUICK)
        try:
            server.start()
            migrate.upgrade(server.url)
            yield server.url
        finally:
            server.erase()


def play(*gateways: str) -> dict[str, list[Outcome]]:
    """Run every behaviour of the given installed gateways, outside pytest. Raise Violated for a gateway without a
    simulator.
    """
    found: dict[str, list[Outcome]] = {}
    with own_database() as url:
        for code in gateways:
            with Runner(installed(code), url) as runner:
                found[code] = runner.outcomes()
    return found
