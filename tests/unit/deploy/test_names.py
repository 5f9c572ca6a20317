"""Check that images, requirements and documentation install only this project's own distributions. The name `umbral`
belongs to another project in the package index.
"""

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
from umbral.cli.new_package.writing import write_gateway

PROJECTS = (ROOT, ROOT / "sandbox", *sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml")))
DOCUMENTED = ("deploy", "docs", "examples", "sandbox", "src")
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


def test_distribution_names_belong_to_umbral() -> None:
    names = {tomllib.loads((at / "pyproject.toml").read_text())["project"]["name"] for at in (ROOT, ROOT / "sandbox")}
    assert names == set(OURS) == {DISTRIBUTION, f"{DISTRIBUTION}-sandbox"}
    assert not names & {"umbral", "umbral-pre", "umbral-sandbox"}


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_requirements_name_no_foreign_umbral_package(project: Path) -> None:
    assert of_umbral(requirements(project)) <= set(OURS)


def test_images_require_only_umbral_packages_of_this_project() -> None:
    assert of_umbral(text for wanted in IMAGES.values() for text in wanted) <= set(OURS)


def test_new_gateway_requires_the_distribution_of_this_project(tmp_path: Path) -> None:
    assert of_umbral(requirements(write_gateway("mypay", tmp_path))) == {DISTRIBUTION}


def test_documents_install_no_foreign_umbral_package() -> None:
    texts = [
        path
        for folder in DOCUMENTED
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".md", ".py", ".toml", ".txt"}
    ]
    # The decision record names the former name, and so does the page on upgrading from it, without an extra.
    for path in (*texts, *ROOT.glob("*.md")):
        if path.parent.name != "adr" and path.name != "CHANGELOG.md":
            output = {one or other for one, other in INSTALLED.findall(path.read_text())}
            assert output <= set(OURS), path


def test_installed_command_is_named_umbral() -> None:
    scripts = {entry.name for entry in distribution(DISTRIBUTION).entry_points if entry.group == "console_scripts"}
    assert scripts == {"umbral"}
    assert Path(sys.executable).with_name("umbral").exists()
