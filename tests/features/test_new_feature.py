"""A new package and the example pass the kit, and the kit finds a planted violation of each of its rules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from subscriptions.application.feature_failures import FAILURES
from tests.conformance.installing import installed_into
from tests.support.features import write_feature
from umbral.cli.new_package.writing import Kind, NameRefused, write_package
from umbral.testing.features import RULES, Subject, faults

EXAMPLE = Path(__file__).parents[2] / "examples" / "feature"
DECLARED = [name for name, rule in RULES.items() if not rule.needs_database]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An additional folder where packages are found."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(FAILURES, "lasting", {})
    return folder


def told(site: Path, name: str, rule: str) -> str:
    """Return the violations of a rule in a new process, which has read no texts of other features yet."""
    script = (
        f"from umbral.testing.features import Subject, faults\nprint(*faults(Subject({name!r}), {rule!r}), sep='\\n')"
    )
    environ = {**os.environ, "PYTHONPATH": str(site)}
    ran = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def own_tests_pass(folder: Path, site: Path) -> None:
    """Run the tests of a package as its author does, beside the installed package."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "tests"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(
        words, cwd=folder, env=environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("rule", DECLARED)
def test_new_package_passes(rule: str, site: Path, tmp_path: Path) -> None:
    installed_into(site, write_package("bingo", tmp_path))

    assert faults(Subject("bingo"), rule) == []


def test_new_kind_of_resource_is_found(site: Path, tmp_path: Path) -> None:
    folder = write_package("topic", tmp_path, Kind.RESOURCE)
    installed_into(site, folder)

    own_tests_pass(folder, site)


def test_invalid_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match="cannot be a name"):
        write_package("Bingo!", tmp_path)


@pytest.mark.parametrize("rule", DECLARED)
def test_example_passes(rule: str, site: Path) -> None:
    installed_into(site, EXAMPLE)

    assert told(site, "survey", rule) == ""


@pytest.mark.long
def test_example_passes_its_own_tests(site: Path) -> None:
    installed_into(site, EXAMPLE)

    own_tests_pass(EXAMPLE, site)


COMMAND = """
from subscriptions.application.staff.command import StaffCommand
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.entities.customer import StaffRole

class DrawRaffle(StaffCommand):
    name = "draw_raffle_of_{rule}"
    permission = Permission("nobody.declares.this", StaffRole.OWNER)
    subject = "shop"
    outcomes = ("done",)

    async def run(self, act):
        raise NotImplementedError
"""
JOBS = """
from subscriptions.application.dto.job_payload import JobPayload

class Draw(JobPayload):
    name = "raffle.draw"
"""
TABLES = """
from sqlalchemy import Column, ForeignKey, Table
from subscriptions.infrastructure.database.tables.base import metadata
from subscriptions.infrastructure.database.tables.people import customers

tickets = Table("tickets_{rule}", metadata, Column("customer_id", ForeignKey(customers.c.id), primary_key=True))
"""
PLANTED = {
    "declaration": ("jobs", JOBS, "`jobs` lacks raffle.draw"),
    "modules": ("schedule", "SCHEDULE = 7\n", "schedule.SCHEDULE has to be a SchedulePart"),
    "imports": ("domain", "import sqlalchemy\n", "domain.py imports sqlalchemy; `domain` imports no framework"),
    "texts": ("commands", COMMAND, "has no texts under"),
    "permissions": ("commands", COMMAND, "needs a permission that nobody declares"),
    "tables": ("tables", TABLES, "has no entry in GRANTS"),
}


def test_every_declared_rule_has_a_planted_violation() -> None:
    assert sorted(PLANTED) == sorted(DECLARED)


@pytest.mark.parametrize("rule", PLANTED)
def test_planted_violation_is_found(rule: str, site: Path, tmp_path: Path) -> None:
    module, source, sentence = PLANTED[rule]
    write_feature(site, "raffle", modules={module: source.replace("{rule}", rule)})

    assert sentence in told(site, "raffle", rule)
