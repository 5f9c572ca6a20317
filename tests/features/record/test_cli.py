"""Help of the commands that publish tips."""

from __future__ import annotations

import pytest

from umbral.cli import main


def test_help_of_staff_command_has_no_chat_markup(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staff", "publish-tip", "--help"]) == 0

    shown = capsys.readouterr().out
    assert "Betis" in shown
    assert "<b>" not in shown
