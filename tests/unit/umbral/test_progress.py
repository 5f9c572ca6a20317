"""Progress bar of long commands on a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from umbral.terminal.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_total_is_shown_only_when_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    with progress("Tables") as step:
        unknown = shown.getvalue()
        step(3, 7)
    assert "Tables" in unknown
    assert "/?" not in shown.getvalue()
    assert "3/7" in shown.getvalue()


def test_progress_is_not_shown_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", shown := io.StringIO())
    with progress("Tables") as step:
        step(3, 7)
    assert shown.getvalue() == ""
