"""Rules about repository files that no linter checks."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT
from tests.support.removed import is_removed

MAKES_LATE = "tests/chaos/"
"""Folder of the chaos harness, which delays responses and observes the effects; its sleeps are injected faults."""

# A path of one developer's machine, or the address of a package index: neither is meaningful elsewhere.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:root|work|workspace|tmp/[\w-]+|home/\w+|Users/\w+)/")
INDEX_ADDRESS = re.compile(r"pythonhosted|://\S*/simple\b|index-url\s*[=:]|find-links\s*[=:]")
MYSELF = Path(__file__).relative_to(ROOT)
SPEAKS_OF_NO_PROVIDER = (
    "src/subscriptions/domain",
    "src/subscriptions/application",
    "src/subscriptions/bootstrap",
    "src/subscriptions/infrastructure/repositories",
    "src/bot",
    "src/web",
    "src/worker",
    "src/userbot",
    "migrations",
)


# A test as pytest names it, in a script or document.
NAMED_TEST = re.compile(r"\b(tests/[\w/]+\.py)::(test_\w+)")


def texts(paths: list[Path]) -> dict[Path, str]:
    found = {}
    for path in paths:
        try:
            found[path] = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # binary file, such as a picture
    return found


def providers() -> set[str]:
    """Return the gateways registered by entry point, and the folders of unregistered ones."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    registered = settings["project"]["entry-points"]["umbral.payment_gateways"]
    folder = ROOT / "src/subscriptions/infrastructure/payments"
    return {*registered, *(path.name for path in folder.iterdir() if (path / "__init__.py").exists())}


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in texts(paths).items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def python(tracked_files: list[Path], *folders: str) -> list[Path]:
    return [path for path in tracked_files if path.suffix == ".py" and str(path).startswith(folders)]


def test_no_file_contains_a_machine_path(tracked_files: list[Path]) -> None:
    assert not lines_with(MACHINE_PATH, [path for path in tracked_files if path != MYSELF])


@pytest.mark.parametrize(
    "line", ["see {}root/notes", "cd {}work/tree/", "open('{}home/ana/x')", "PATH={}Users/ana/bin"]
)
def test_machine_path_is_found(line: str) -> None:
    assert MACHINE_PATH.search(line.format("/"))


def test_tests_named_in_documents_exist(tracked_files: list[Path]) -> None:
    named = {
        (found[1], found[2])
        for path, text in texts(tracked_files).items()
        if path.parts[0] == ".ci" or path.suffix in {".md", ".toml", ".yml"}
        for found in NAMED_TEST.finditer(text)
    }
    assert named
    assert [each for each in sorted(named) if not is_removed(each[0]) and not _has_test(*each)] == []


def _has_test(path: str, name: str) -> bool:
    file = ROOT / path
    return file.exists() and re.search(rf"def {name}\(", file.read_text(encoding="utf-8")) is not None


def test_no_file_contains_a_package_index_address(tracked_files: list[Path]) -> None:
    assert not lines_with(INDEX_ADDRESS, [path for path in tracked_files if path != MYSELF])


def test_requirements_lock_has_a_hash_for_each_package_and_no_index_address(tracked_files: list[Path]) -> None:
    assert Path("requirements.lock") in tracked_files
    lock = (ROOT / "requirements.lock").read_text()

    assert "://" not in lock
    pinned = re.findall(r"^[\w.\[\]-]+==", lock, flags=re.MULTILINE)
    assert len(pinned) > 50
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[\w])", lock.strip()))


def test_tests_use_no_mocks(tracked_files: list[Path]) -> None:
    offenders = []
    for path, text in texts(python(tracked_files, "tests/", "sandbox/tests/")).items():
        # Parsing every file would take longer than most tests.
        for node in ast.walk(ast.parse(text)) if "mock" in text else ():
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            offenders += [
                f"{path}:{node.lineno}"
                for module in modules
                if module.startswith(("unittest.mock", "mock", "pytest_mock"))
            ]

    assert not offenders


def test_tests_do_not_sleep(tracked_files: list[Path]) -> None:
    """A sleep is allowed only inside a loop that waits for a condition, and in tests of delays."""
    offenders = [
        f"{path}:{line}"
        for path, text in texts(python(tracked_files, "tests/", "sandbox/tests/")).items()
        if "sleep" in text and not str(path).startswith(MAKES_LATE)
        for line in _lone_sleeps(ast.parse(text))
    ]

    assert not offenders


def _lone_sleeps(tree: ast.AST) -> list[int]:
    in_loops = {
        id(inner)
        for loop in ast.walk(tree)
        if isinstance(loop, ast.While | ast.For | ast.AsyncFor)
        for inner in ast.walk(loop)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sleep"
        and id(node) not in in_loops
        # `sleep(0)` yields to other tasks and is not a wait.
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]


def test_no_provider_is_named_outside_its_gateway(tracked_files: list[Path]) -> None:
    names = re.compile(rf"(?:{'|'.join(sorted(providers()))})", re.IGNORECASE)
    here = [path for path in tracked_files if str(path).startswith(SPEAKS_OF_NO_PROVIDER)]

    assert not lines_with(names, here)


def test_source_code_has_no_comments_that_suppress_linters_or_type_checkers(tracked_files: list[Path]) -> None:
    silenced = re.compile(r"#\s*(?:type:\s*ignore|noqa|pyright:)")

    assert not lines_with(silenced, python(tracked_files, "src/", "sandbox/src/", "migrations/"))
