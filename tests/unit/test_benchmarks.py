"""Benchmark results: how they are stored, and the document that lists them."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.__main__ import PARTS, Measured, kept, measure, output, written
from benchmarks.rows import KEEP_IN, Row, reported, tell
from benchmarks.webhooks import BODY_BYTES, events, median
from benchmarks.webhooks import Result as Round
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.infrastructure.payments.stripe.translate import translate
from subscriptions.infrastructure.providers.reader import Node


def test_reported_benchmark_rows_are_stored_if_a_folder_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Row("webhooks", "100/s", "25/s", [0.2, 0.3, 0.25], "≥ 0.30")
    tell(row)
    monkeypatch.setenv(KEEP_IN, str(tmp_path / "rows"))
    assert reported(tmp_path / "rows") == []
    tell(row)
    tell(row)
    assert reported(tmp_path / "rows") == [row, row]
    assert row.cells()[3] == "**0.25**"
    assert row.line().endswith("0.25 (0.20–0.30, 3 rounds)   ≥ 0.30")


MACHINE = "2 processors, load 0.1 when it began, 26 November 2026 23:03 UTC"


def test_document_has_a_dated_row_only_for_benchmarks_with_a_target() -> None:
    rows = [Row("a", "b", "c", [1.0], "≤ 1"), Row("no target", "b", "c", [1.0])]
    page = written({PARTS[0].name: Measured("a line\n", rows, MACHINE)})
    assert "| a | b | c | **1.00** | ≤ 1 | 26 November 2026 |" in page
    assert "no target" not in page


def test_output_is_stored_with_its_explanation_command_and_machine() -> None:
    stored = output(PARTS[0], Measured("a line\n", [], MACHINE))
    explanation, _, run = stored.partition("\n\n")
    assert explanation.replace("\n", " ") == PARTS[0].explanation
    assert run == f"$ {PARTS[0].command}\n{MACHINE}\n\na line\n"


def test_results_of_other_benchmarks_are_kept_when_a_benchmark_is_repeated(tmp_path: Path) -> None:
    first, second = (
        Measured(f"{name}\n", [Row(name, "b", "c", [1.0, 2.0], "≤ 1")], MACHINE) for name in ("one", "two")
    )
    (tmp_path / "kept").write_text(json.dumps({PARTS[1].name: asdict(second), "gone": asdict(first)}))
    assert kept(tmp_path / "nothing yet") == {}
    measured = kept(tmp_path / "kept") | {PARTS[0].name: first}
    assert measured[PARTS[1].name] == second
    page = written(measured)
    assert page.index("| one |") < page.index("| two |")


def test_failing_benchmark_does_not_block_other_benchmarks() -> None:
    chosen = {"gone": ["benchmarks.gone"], "there": ["benchmarks.rows"]}
    known: list[list[str]] = []
    assert measure(chosen, lambda measured: known.append([*measured])) == ["gone"]
    assert known == [[], ["there"]]


def test_benchmark_events_have_a_realistic_size_and_unique_ids() -> None:
    supply = events()
    first, second = next(supply), next(supply)
    assert first != second
    assert abs(len(first) - BODY_BYTES) < 64
    # Otherwise the events would have no effect, and storing them would cost less than storing real ones.
    assert translate(Node(json.loads(first)), datetime.now(UTC)).kind is PaymentEventKind.PAYMENT_COMPLETED


def test_median_of_each_figure_is_calculated() -> None:
    rounds = [Round(1, 9, 30, 0.5), Round(2, 7, 20, 0.7), Round(3, 8, 10, 0.6)]
    assert median(rounds) == Round(2, 8, 20, 0.6)
