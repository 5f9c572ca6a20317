"""Pytest entry point of the kit for features: every rule as a test.

In a package that contains a feature, a test module of a few lines is enough:

    from umbral.testing import features

    test_feature = features.tests_for("survey", rows=[...], jobs=lambda sale: [Draw(customer_id=sale.customer)])

Rules that need a database use a copy of the database that a fixture names, or start a separate one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import pytest

from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.core import CoreContainer
from umbral.testing.conformance import own_database_of
from umbral.testing.feature_kit import declared, stored
from umbral.testing.feature_kit.database import core_on, furnished, in_thread
from umbral.testing.feature_kit.rule import RULES, Jobs, Rule, Sale, Subject

__all__ = ["RULES", "Jobs", "Rule", "Sale", "Subject", "declared", "faults", "in_shop", "stored", "tests_for"]

Test = Callable[..., None]
Check = Callable[[CoreContainer, Sale], Awaitable[None]]


def feature_tests(feature: str, *, rows: Sequence[str] = (), jobs: Jobs = (), database: str | None = None) -> Test:
    """Return one test per rule, to be assigned to a name that pytest collects.

    rows, jobs: see `Subject`
    database: name of a fixture that returns `postgresql://…` of a migrated database without open connections
    """

    @pytest.mark.parametrize("name", RULES)
    def test_feature(name: str, request: pytest.FixtureRequest) -> None:
        subject = Subject(feature, tuple(rows), jobs if callable(jobs) else tuple(jobs))
        if RULES[name].needs_database:
            url = request.getfixturevalue(database) if database is not None else own_database_of(request.config)
            subject = replace(subject, database=url)
        found = faults(subject, name)
        if found:
            pytest.fail("\n".join([f"{feature}: {RULES[name].sentence}", *found]), pytrace=False)

    return test_feature


def in_shop(request: pytest.FixtureRequest, feature: str, check: Check, rows: Sequence[str] = ()) -> None:
    """Run an author's own check with the feature on, in a separate database with one sale and these rows.

    request: pytest's fixture
    check: function that gets the core of a process and the ids of the sale
    """
    subject = Subject(feature, tuple(rows), database=own_database_of(request.config))

    async def run() -> None:
        async with furnished(subject) as (url, sale), core_on(url, FeatureState.ON, feature) as core:
            await check(core, sale)

    in_thread(run())


tests_for: Final = feature_tests
"""Alias for test modules; see `feature_tests`."""


def faults(subject: Subject, rule: str) -> Sequence[str]:
    """Return the violations of a rule; empty if the feature passes."""
    return [*RULES[rule].faults(subject)]
