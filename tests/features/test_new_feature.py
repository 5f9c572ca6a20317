"""A package created by `umbral new-feature`, and the example feature, pass the kit that checks every feature."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.installing import installed_into
from tests.support.features import kit_finds, packages_found_in, run_with
from umbral.cli.new_package.writing import Kind, NameRefused, write_package
from umbral.testing.features import RULES, Subject, faults

pytestmark = pytest.mark.exhaustive

EXAMPLE = Path(__file__).parents[2] / "examples" / "feature"
DECLARED = [name for name, rule in RULES.items() if not rule.needs_database]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """Return an additional folder in which packages are found."""
    folder = tmp_path / "site"
    folder.mkdir()
    with packages_found_in(folder):
        yield folder


def own_tests_pass(folder: Path, site: Path) -> None:
    """Run the tests of a package as its author does, with the package installed."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "tests"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(
        words, cwd=folder, env=environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("rule", DECLARED)
def test_generated_feature_package_passes_every_declaration_check(rule: str, site: Path, tmp_path: Path) -> None:
    installed_into(site, write_package("bingo", tmp_path))

    assert faults(Subject("bingo"), rule) == []


def test_generated_package_with_a_new_resource_kind_passes_its_own_tests(site: Path, tmp_path: Path) -> None:
    folder = write_package("topic", tmp_path, Kind.RESOURCE)
    installed_into(site, folder)

    own_tests_pass(folder, site)


def test_invalid_feature_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match="isn't a valid name"):
        write_package("Bingo!", tmp_path)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of packages that contains the example, built as a wheel."""
    folder = tmp_path_factory.mktemp("example")
    installed_into(folder, EXAMPLE)
    return folder


def test_example_feature_passes_every_declaration_check(example: Path) -> None:
    found = kit_finds(example, "", [("survey", rule, (), "") for rule in DECLARED])

    assert dict(zip(DECLARED, found, strict=True)) == dict.fromkeys(DECLARED, "")


EDITABLE = """
import json
from datetime import UTC, datetime
from bot.screens.panel.texts.texts import groups
from bot.texts import texts_for
from subscriptions.application.texts.text_rules import default_of
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.custom_text import CustomText, TextId

keys = [key for key in TEXTS.text_keys() if key.startswith(("survey.", "lists.", "commands.", "texts."))]
text_id = TextId("en", "survey.question")
default = default_of(TEXTS, text_id)
TEXTS.say([CustomText(language="en", key=text_id.key, text="Why?", changed_at=datetime.now(UTC))])
group = texts_for("es").plain("texts.part.survey")
print("found:", json.dumps([keys, default, texts_for("en")("survey.question"), group]))
"""


def test_texts_of_the_example_feature_can_be_edited_like_built_in_texts(example: Path) -> None:
    (line,) = [each for each in run_with(example, EDITABLE).splitlines() if each.startswith("found:")]

    keys, default, edited, group = json.loads(line.partition(":")[2])
    assert {"survey.question", "survey.reason.price"} <= {*keys}
    assert [key for key in keys if not key.startswith("survey.")] == []
    assert default.startswith("You've cancelled.")
    assert (edited, group) == ("Why?", "Encuesta al cancelar")


@pytest.mark.long
def test_example_feature_passes_its_own_tests(example: Path) -> None:
    own_tests_pass(EXAMPLE, example)
