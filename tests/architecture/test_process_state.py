"""Nothing of one test reaches another test of the same process: process-wide state is restored after each test."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from tests.support.isolation import STATES
from tests.support.ordered import ROOT

SOURCES: Final = ROOT / "src"
CHANGES: Final = {
    *("add", "append", "appendleft", "clear", "discard", "extend"),
    *("insert", "pop", "popitem", "remove", "setdefault", "update"),
}
"""Methods that change a container."""
DERIVED: Final = {
    "subscriptions.application.access.resource_kind:_KINDS": "classes, registered when they are defined",
    "subscriptions.application.alarms.alarm_kind:_KINDS": "classes, registered when they are defined",
    "subscriptions.application.messages.announcement:ANNOUNCEMENTS": "classes, registered when they are defined",
    "subscriptions.application.staff.command:_COMMANDS": "classes, registered when they are defined",
    "subscriptions.bootstrap.part_shape:_FITTED": "cache of a feature's part, keyed by the part",
    "subscriptions.bootstrap.settings_in_force:NO_SETTINGS": "settings without values, which no process applies",
}
"""States that follow from the installed code alone, with the reason, and therefore need not be restored."""

PLUGIN: Final = """
from tests.support import isolation

def pytest_configure(config):
    config.pluginmanager.register(isolation)
"""
LEAKS: Final = """
import logging, os, sys
import pytest, structlog
from subscriptions.application.feature_failures import FAILURES
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.infrastructure import tally
from web.console.words import MISSING_KEYS

def look():
    return (
        dict(FAILURES.waiting), dict(FAILURES.lasting), list(LANGUAGES), LANGUAGES.home, TEXTS.features,
        TEXTS.texts_of("es").get("plans.welcome"), TEXTS.texts_of("it"), dict(tally.take_counts()), set(MISSING_KEYS),
        os.environ.get("UMBRAL_LEAK"), sys.path[-1], os.getcwd(), logging.getLogger("umbral").level,
        structlog.is_configured(),
    )

def leak():
    FAILURES.add("raffle", "section", ZeroDivisionError())
    FAILURES.add("raffle", "handlers", ZeroDivisionError(), lasts=True)
    LANGUAGES.speak(["it"])
    LANGUAGES.settle("it")
    TEXTS.choose("plain")
    TEXTS.use_features(["gifts"])
    tally.count("umbral_picks_total", "sent")
    MISSING_KEYS.add(("es", "planted"))
    os.environ["UMBRAL_LEAK"] = "1"
    sys.path.append("planted")
    os.chdir("/")
    logging.getLogger("umbral").setLevel(logging.DEBUG)
    structlog.configure(processors=[])

BEFORE, VERSION = look(), TEXTS.version

@pytest.fixture(scope="module", autouse=True)
def of_module():
    yield leak()
"""
ONE: Final = f"""{LEAKS}
def test_leak():
    leak()
    assert look() != BEFORE
"""
OTHER: Final = f"""{LEAKS.partition("@pytest.fixture")[0]}
def test_finds_nothing():
    assert look() == BEFORE
    assert TEXTS.version > VERSION, "what was derived from other texts is not taken for current"
"""


def test_test_finds_nothing_that_a_test_before_it_left_in_the_process(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_a.py").write_text(ONE)
    (tmp_path / "test_b.py").write_text(OTHER)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)]
    environ = {"PYTHONPATH": f"{ROOT}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert "2 passed" in ran.stdout, ran.stdout


@pytest.fixture(scope="module")
def trees() -> Mapping[str, ast.Module]:
    """Return the syntax tree of each module of the product, keyed by its name."""
    return {
        re.sub(r"\.__init__$", "", ".".join(path.relative_to(SOURCES).with_suffix("").parts)): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(SOURCES.rglob("*.py"))
    }


def test_every_process_wide_state_is_restored_after_a_test(trees: Mapping[str, ast.Module]) -> None:
    kinds = {name for tree in trees.values() for name in changing_classes(tree)}
    found = {f"{module}:{name}" for module, tree in trees.items() for name in states(module, tree, kinds)}
    unknown = found - {*STATES} - DERIVED.keys()
    assert unknown == set(), "list it in tests/support/isolation.py, or keep it in an object of the process's container"
    assert {*STATES, *DERIVED} <= found, "no longer there"


def changing_classes(tree: ast.Module) -> Iterator[str]:
    """Yield the classes whose methods change an attribute of the object."""
    for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        methods = [each for each in kind.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        if any(
            changed.startswith("self.")
            for method in methods
            if method.name not in {"__init__", "__post_init__"}
            for changed in changed_names(method)
        ):
            yield kind.name


def states(module: str, tree: ast.Module, kinds: set[str]) -> Iterator[str]:
    """Yield the names at the top of a module whose value the module changes, or is an object of a changing class."""
    assigned = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    changed = {name for function in functions for name in changed_names(function)}
    for name, value in assigned.items():
        if name in changed or (isinstance(value, ast.Call) and _called(value) in kinds and _is_state(module, name)):
            yield name


def changed_names(function: ast.AST) -> Iterator[str]:
    """Yield what a function changes: names of the module, and attributes of `self`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield ast.unparse(node.value) if isinstance(node, ast.Subscript) else _owner(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            yield ast.unparse(node.func.value)


def _owner(node: ast.Attribute) -> str:
    owner = ast.unparse(node.value)
    return f"self.{node.attr}" if owner == "self" else owner


def _called(call: ast.Call) -> str:
    function = call.func.value if isinstance(call.func, ast.Subscript) else call.func
    return ast.unparse(function).rpartition(".")[2]


def _is_state(module: str, name: str) -> bool:
    """Return False for an object that cannot be changed, whose class only shares its name with a changing class."""
    value = getattr(import_module(module), name)
    parameters = getattr(type(value), "__dataclass_params__", None)
    return hasattr(value, "__dict__") and not (parameters is not None and parameters.frozen)
