"""Use of `VIPEntryService` by the running product for the entry steps, the invite link and the end of access."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT

SERVICE = ROOT / "src/features/vip/use_cases/vip_entry_service.py"
EXPIRY = ROOT / "src/subscriptions/application/expiry/expire_vip.py"
ENTRY = ROOT / "src/subscriptions/domain/entities/vip_entry.py"

FILE = "src/features/vip/chat.py"
CALLERS = {each: {FILE} for each in ("get_current_stage", "advance_stage", "create_24h_invite_link")}
"""Files of the product that call each operation."""

SHARED = {
    "generate_entry_token": ("advance_stage", "_put_token", SERVICE),
    "is_entry_token_valid": ("allows_joining", "has_valid_token", ENTRY),
    "cancel_entry_on_expiry": ("cancel_entries_on_expiry", "settle_all", EXPIRY),
}
"""Operations that the product does not call. Each must share code with a function of the product that has the same
purpose: the name of that function, the name of the shared code, and the function's file.
"""


def used(tree: ast.AST) -> set[str]:
    """Return the names that are called or read in a piece of code."""
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def called(path: Path) -> set[str]:
    """Return the names of the functions and methods that a file calls."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else ast.unparse(call) for call in calls}


def function(path: Path, name: str) -> ast.AST:
    found = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    assert len(found) == 1, name
    return found[0]


@pytest.fixture(scope="module")
def calls() -> dict[str, set[str]]:
    """Return the names called by each file of the product other than the service, keyed by path."""
    files = [path for path in (ROOT / "src").rglob("*.py") if path != SERVICE]
    return {str(path.relative_to(ROOT)): called(path) for path in files}


@pytest.mark.parametrize("operation", CALLERS)
def test_every_service_operation_is_called_by_the_expected_product_modules(
    operation: str, calls: dict[str, set[str]]
) -> None:
    assert {path for path, names in calls.items() if operation in names} == CALLERS[operation]


@pytest.mark.parametrize("operation", SHARED)
def test_product_code_and_documented_operation_share_their_implementation(operation: str) -> None:
    beside, code, where = SHARED[operation]

    assert code in used(function(SERVICE, operation))
    assert code in used(function(where, beside))


def test_tests_cover_the_six_documented_service_operations() -> None:
    documented = {
        "get_current_stage",
        "advance_stage",
        "generate_entry_token",
        "is_entry_token_valid",
        "create_24h_invite_link",
        "cancel_entry_on_expiry",
    }

    assert documented <= CALLERS.keys() | SHARED.keys()
