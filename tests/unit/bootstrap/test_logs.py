"""Check that a logged failure contains its location and never the values involved."""

from __future__ import annotations

import subprocess
import sys

import pytest

_CODE = """
import logging
from subscriptions.bootstrap.logs import configure_logging

def fail():
    in_hand = "ab" + "cdef" * 3
    raise ValueError("the reason")

configure_logging("%s")
try:
    fail()
except ValueError:
    logging.getLogger("bot").exception("it broke")
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_logged_failure_has_no_local_values(log_format: str) -> None:
    ran = subprocess.run([sys.executable, "-c", _CODE % log_format], capture_output=True, text=True, check=True)

    assert "it broke" in ran.stderr
    assert "Traceback (most recent call last)" in ran.stderr
    assert "ValueError: the reason" in ran.stderr
    assert "abcdef" not in ran.stderr


def test_json_log_of_a_failure_is_one_line() -> None:
    ran = subprocess.run([sys.executable, "-c", _CODE % "json"], capture_output=True, text=True, check=True)

    assert len(ran.stderr.splitlines()) == 1


_TYPED = """
import structlog
from subscriptions.bootstrap.logs import configure_logging

configure_logging("%s")
typed = "a\\x1b[2J\\x9b31m\\nforged line\\u202e\\ud800"
structlog.get_logger("bot").info("a " + typed, text=typed)
try:
    raise ValueError(typed)
except ValueError:
    structlog.get_logger("bot").exception("it broke")
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_control_characters_in_input_neither_reach_the_terminal_nor_start_a_line(log_format: str) -> None:
    ran = subprocess.run([sys.executable, "-c", _TYPED % log_format], capture_output=True, check=True)
    written = ran.stderr.decode()

    assert "forged line" in written
    assert not any(line.startswith("forged") for line in written.splitlines())
    assert [sign for sign in written if not sign.isprintable() and sign != "\n"] == []
