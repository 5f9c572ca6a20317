"""What is asked of a package index is ours, or a library's: `umbral` there is another project."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.image_packages import IMAGES, OURS
from tests.unit.deploy.conftest import ROOT
from umbral.cli.commands import DISTRIBUTION
from umbral.cli.new_gateway.writing import write_gateway

PROJECTS = (ROOT, ROOT / "sandbox", *sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml")))
TOLD = ("deploy", "docs", "examples", "sandbox", "src")
INSTALLED = re.compile(r"\b(umbral[a-z-]*)\[|pip install (?:-\S+ )*'?(umbral[a-z-]*)")


def requirements(project: Path) -> Iterator[str]:
    content = tomllib.loads((project / "pyproject.toml").read_text())
    yield from content["build-system"]["requires"]
    yield from content["project"].get("dependencies", ())
    for extra in content["project"].get("optional-dependencies", {}).values():
        yield from extra


def of_umbral(texts: Iterator[str]) -> set[str]:
    names = {str(canonicalize_name(Requirement(text).name)) for text in texts}
    return {name for name in names if name.startswith("umbral")}


def test_the_distributions_are_called_alike_and_as_nobody_elses() -> None:
    names = {tomllib.loads((at / "pyproject.toml").read_text())["project"]["name"] for at in (ROOT, ROOT / "sandbox")}
    assert names == set(OURS) == {DISTRIBUTION, f"{DISTRIBUTION}-sandbox"}
    assert not names & {"umbral", "umbral-pre", "umbral-sandbox"}


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_no_requirement_can_be_met_by_somebody_elses_package(project: Path) -> None:
    assert of_umbral(requirements(project)) <= set(OURS)


def test_images_are_made_from_ours() -> None:
    assert of_umbral(text for wanted in IMAGES.values() for text in wanted) <= set(OURS)


def test_a_new_gateway_asks_for_ours(tmp_path: Path) -> None:
    assert of_umbral(requirements(write_gateway("mypay", tmp_path))) == {DISTRIBUTION}


def test_nobody_is_told_to_install_somebody_elses_package() -> None:
    texts = [
        path for folder in TOLD for path in (ROOT / folder).rglob("*") if path.suffix in {".md", ".py", ".toml", ".txt"}
    ]
    # The decision itself names what was there before, and so does the page on an upgrade from it, without an extra.
    for path in (*texts, *ROOT.glob("*.md")):
        if path.parent.name != "adr" and path.name != "CHANGELOG.md":
            told = {one or other for one, other in INSTALLED.findall(path.read_text())}
            assert told <= set(OURS), path


def test_the_command_is_called_as_before() -> None:
    scripts = {entry.name for entry in distribution(DISTRIBUTION).entry_points if entry.group == "console_scripts"}
    assert scripts == {"umbral"}
    assert Path(sys.executable).with_name("umbral").exists()
