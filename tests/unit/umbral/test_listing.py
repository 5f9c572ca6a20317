"""Output of list commands: a table that other tools can cut and search, JSON for programs, and a progress bar on a
terminal.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime, timedelta, timezone

import pytest

from umbral.terminal.listing import show, show_json
from umbral.terminal.progress import progress

WORDS = "[red]not[/red] :smile: " + "long " * 100


def test_piped_table_has_one_complete_line_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    show(("ID", "LAST ERROR", "MORE"), [(1, WORDS.strip(), ""), (22, "-", "x")])

    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["ID", "LAST", "ERROR", "MORE"]
    assert first == f"1   {WORDS.strip()}"
    assert second.split() == ["22", "-", "x"]
    assert second.index("x") == head.index("MORE")


def test_terminal_table_wraps_long_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")

    show(("ID", "LAST ERROR"), [(1, WORDS)])

    assert len(screen.getvalue().splitlines()) > 10
    assert "[red]not[/red] :smile:" in screen.getvalue()


def test_json_output_is_valid_with_utc_timestamps(capsys: pytest.CaptureFixture[str]) -> None:
    noon = datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))

    show_json([{"at": noon, "name": "Peña", "until": None}])

    out = capsys.readouterr().out
    assert json.loads(out) == [{"at": "2026-01-31T12:00:00Z", "name": "Peña", "until": None}]
    assert "Peña" in out


def test_progress_bar_is_shown_and_removed_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")

    with progress("plans") as step:
        step(3, 7)

    assert "plans" in screen.getvalue()
    assert "3/7" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")


def test_progress_bar_is_hidden_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("plans") as step:
        step(3, 7)

    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    """Stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True
