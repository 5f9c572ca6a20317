"""Feature declarations agree with their folders, and a feature imports only the features that it needs."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scripts.feature_imports import MAP
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.rooms import FEATURES as PACKAGE
from subscriptions.application.dto.rooms import load_rooms
from subscriptions.application.features import CliPart, Feature
from subscriptions.bootstrap.features import installed
from subscriptions.infrastructure.database.tables import metadata
from tests.architecture.conftest import ROOT
from tests.support.features import declared
from tests.support.of_features import COMMANDS_OF_FEATURES, removed_commands

FOLDER = ROOT / "src" / PACKAGE
NAMES = [each.parent.name for each in sorted(FOLDER.glob("*/feature.py"))]
FEATURES = {name: installed().features[name] for name in NAMES}


def strangers(folder: Path, features: Mapping[str, Feature]) -> Iterator[str]:
    """Yield each import of a feature that the importing feature does not declare as needed, as `module: name`."""
    for name, feature in features.items():
        allowed = {name, *feature.needs}
        for path in sorted((folder / name).rglob("*.py")):
            for imported in _imported(path):
                package, _, rest = imported.partition(".")
                if package == PACKAGE and rest and rest.partition(".")[0] not in allowed:
                    yield f"{path.relative_to(folder)}: {imported}"


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_feature_imports_only_the_features_that_it_needs() -> None:
    assert list(strangers(FOLDER, FEATURES)) == []


@pytest.mark.parametrize(("needs", "found"), [((), 1), (("two",), 0)])
def test_planted_import_of_another_feature_is_found(tmp_path: Path, needs: tuple[str, ...], found: int) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "planted.py").write_text(f"from {PACKAGE}.two import feature\n")
    features = {"one": declared("one", needs=needs), "two": declared("two")}

    assert len(list(strangers(tmp_path, features))) == found


@pytest.mark.parametrize("name", FEATURES)
def test_folder_has_the_name_of_its_feature(name: str) -> None:
    assert FEATURES[name].name == name
    assert installed().packages[name] == f"{PACKAGE}.{name}"


@pytest.mark.parametrize("name", FEATURES)
def test_declared_commands_are_implemented(name: str) -> None:
    part = installed().part(name, CliPart)

    assert set(FEATURES[name].commands) == set(part.commands if part is not None else ())


def test_feature_map_names_each_folder() -> None:
    """The names of removed folders come from the map, which `tests/support/removed.py` reads."""
    known = tomllib.loads(MAP.read_text(encoding="utf-8"))["features"]
    assert [name for name in NAMES if f"{PACKAGE}.{name}" not in known.get(name, ())] == []


def test_command_table_contains_the_commands_of_all_features() -> None:
    found = {command: name for name, feature in FEATURES.items() for command in feature.commands}
    assert found.items() <= COMMANDS_OF_FEATURES.items()
    assert {command for command in COMMANDS_OF_FEATURES if command not in found} == removed_commands()


def test_jobs_and_tables_declared_by_features_exist() -> None:
    load_rooms()
    names = {each.name for each in JobPayload.__subclasses__()}

    assert {job for feature in FEATURES.values() for job in feature.jobs} <= names
    assert {rows.table for feature in FEATURES.values() for rows in feature.live_rows} <= metadata.tables.keys()
