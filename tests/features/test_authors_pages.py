"""Documentation pages for authors of features, which must be short and agree with the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from bot.feature import ChatPart, PanelPart, StartLink
from tests.support.extension_points import constants
from tests.support.removed import is_removed
from web.feature import WebPart

ROOT = Path(__file__).parents[2]
WRITING, PUBLISHING = (ROOT / "docs" / f"{name}-a-feature.md" for name in ("writing", "publishing"))
LONGEST = 1200
"""Maximum number of words of a page."""
_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_ROW = re.compile(r"\| [^|]+ \| `(\w+)`: ([^|]+) \| `([\w./]+)` \| (stable|open) \|")
_ARGUMENTS = re.compile(r"(ChatPart|PanelPart|StartLink|WebPart)\((.*)\)`")
PARTS = {each.__name__: {field.name for field in fields(each)} for each in (ChatPart, PanelPart, StartLink, WebPart)}
ROWS = _ROW.findall(WRITING.read_text())
LISTED = ROOT / "docs" / "extension-points.md"
_FILE = re.compile(r"^\| `\w+\.py`.*$", re.MULTILINE)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the code blocks of a page with their languages."""
    return [(language, code) for language, code in _BLOCK.findall(page.read_text())]


@pytest.mark.parametrize("page", [WRITING, PUBLISHING], ids=lambda page: page.stem)
def test_developer_guide_page_stays_below_its_word_limit(page: Path) -> None:
    assert len(page.read_text().split()) <= LONGEST


@pytest.mark.parametrize("page", [WRITING, PUBLISHING], ids=lambda page: page.stem)
def test_python_examples_in_the_developer_guide_are_copies_of_source_code(page: Path) -> None:
    for language, code in blocks(page):
        if language == "python":
            head, _, quoted = code.partition("\n")
            assert quoted in (ROOT / head.removeprefix("# ")).read_text(), head
        else:
            # Another test runs the commands, and tests/unit/deploy/test_features_by_others.py the file for Compose.
            assert language in {"sh", "yaml"}


def test_commands_in_the_developer_guide_create_and_test_a_feature_package(tmp_path: Path) -> None:
    (commands,) = [code.splitlines() for language, code in blocks(WRITING) if language == "sh"]
    new, install, check = (command.split() for command in commands)

    subprocess.run([sys.executable, "-m", *new], cwd=tmp_path, env={**os.environ, "PYTHONPATH": ""}, check=True)

    folder, _, extra = install[-1].strip('"').removesuffix("]").partition("[")
    made = tomllib.loads((tmp_path / folder / "pyproject.toml").read_text())
    assert extra in made["project"]["optional-dependencies"]
    assert check == ["pytest", folder]
    assert list((tmp_path / folder).glob("tests/test_*.py"))


def test_table_of_extension_points_is_parsed_completely() -> None:
    assert len(ROWS) == 21
    assert WRITING.read_text().count(" | stable |") + WRITING.read_text().count(" | open |") == len(ROWS)


@pytest.mark.parametrize(("module", "signature", "example", "promise"), ROWS)
def test_documented_arguments_of_each_extension_point_exist_in_the_code(
    module: str, signature: str, example: str, promise: str
) -> None:
    name = re.search(r"`(\w+)", signature)
    assert name is not None
    assert Path(example).stem == module
    assert is_removed(example) or re.search(rf"\b{name[1]}\b", (ROOT / example).read_text())
    for part, arguments in _ARGUMENTS.findall(signature):
        assert {*re.findall(r"(?:^|, )(\w+)=", arguments)} <= PARTS[part]


def test_developer_guide_names_every_constant_that_the_core_collects_from_features() -> None:
    named = LISTED.read_text() + WRITING.read_text()
    listed = {name for row in _FILE.findall(named) for name in re.findall(r"`([A-Z][A-Z_]{3,})`", row)}

    assert {name for name in constants() if f"`{name}`" not in named} == set()
    assert listed - constants().keys() == set()
    assert all(constants().get(name.partition("`")[0], module) == module for module, name, _, _ in ROWS)


@pytest.mark.parametrize("part", [ChatPart, PanelPart, WebPart], ids=lambda part: part.__name__)
def test_developer_guide_names_every_field_of_each_feature_interface(part: type) -> None:
    named = LISTED.read_text() + WRITING.read_text()

    assert [name for name in PARTS[part.__name__] if not re.search(rf"\b{name}\b", named)] == []
