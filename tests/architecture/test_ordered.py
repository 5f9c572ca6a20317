"""Check the order of tests: first those affected by the change, then the rules of the core, then the longest tests."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.ordered import ROOT, rank, touched_by

TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def test_test_of_a_changed_module_is_affected() -> None:
    touched = touched_by(["src/subscriptions/domain/services/payment_decisions.py"], TESTS)
    assert touched
    for path in touched:
        assert "subscriptions.domain.services.payment_decisions" in Path(ROOT, path).read_text(encoding="utf-8")


def test_changed_test_is_affected() -> None:
    changed = "tests/unit/domain/test_admission.py"
    assert touched_by([changed, "README.md"], TESTS) == {changed}


def test_module_with_a_similar_prefix_is_not_affected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.ordered.ROOT", tmp_path)
    (tmp_path / "tests").mkdir()
    test = tmp_path / "tests" / "test_it.py"
    test.write_text("from bot.screens_more import x\nimport bot.screens.status\n")
    assert touched_by(["src/bot/screen.py"], [test]) == frozenset()
    assert touched_by(["src/bot/screens/__init__.py"], [test]) == {"tests/test_it.py"}


def test_affected_tests_run_first_and_core_tests_second() -> None:
    order = [
        "tests/unit/bot/test_texts.py",
        "tests/unit/domain/test_admission.py",
        "tests/unit/application/test_routing.py",
        "tests/e2e/test_purchase.py",
        "tests/integration/bot/test_vip.py",
        "tests/unit/web/test_pages.py",
    ]
    shuffled = random.sample(order, len(order))
    assert sorted(shuffled, key=lambda path: rank(path, {order[0]})) == order
