"""Every feature of the product passes the same kit as third-party features."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

import pytest

from subscriptions.bootstrap.features import installed
from tests.support.each_case import each_case
from tests.support.postgres import Server
from umbral.testing.features import RULES, Subject, faults

OURS = sorted(name for name, package in installed().packages.items() if package.startswith("features."))


@pytest.fixture(scope="session")
def kit_database(postgres_server: Server, migrated_database: str) -> str:
    """Return the URL of a migrated database to which no process is connected."""
    return postgres_server.create(template=migrated_database)


def subject_of(name: str) -> Subject:
    """Return a feature with the rows and jobs declared in the module `kit` of its tests, or without rows and jobs."""
    folder = installed().packages[name].rpartition(".")[2]
    module = f"tests.features.{folder}.kit"
    kit = import_module(module) if find_spec(module) is not None else None
    return Subject(name, getattr(kit, "ROWS", ()), getattr(kit, "JOBS", ()))


@each_case("rule", [name for name, rule in RULES.items() if not rule.needs_database])
@each_case("name", OURS)
def test_every_feature_passes_the_declaration_checks_of_the_kit(name: str, rule: str) -> None:
    assert faults(subject_of(name), rule) == []


@pytest.mark.parametrize("rule", ["migrations", "states"])
@pytest.mark.parametrize("name", OURS)
def test_every_feature_passes_the_migration_and_state_checks_of_the_kit(
    name: str, rule: str, kit_database: str
) -> None:
    assert faults(replace(subject_of(name), database=kit_database), rule) == []


@pytest.mark.parametrize("name", OURS)
def test_every_feature_passes_the_killed_process_check_of_the_kit(name: str, kit_database: str) -> None:
    assert faults(replace(subject_of(name), database=kit_database), "kills") == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("rule", ["rows", "removed"])
@pytest.mark.parametrize("name", OURS)
def test_every_feature_passes_the_stored_row_checks_of_the_kit(name: str, rule: str, kit_database: str) -> None:
    assert faults(replace(subject_of(name), database=kit_database), rule) == []
