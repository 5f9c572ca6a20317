"""Settings files: what is written is read again, and a bad line is named without showing it."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from umbral.env_file import EnvFileError, parse, taken_from, write

NAMES = st.text(string.ascii_uppercase + "_", min_size=1, max_size=12)
VALUES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(wanted=st.dictionaries(NAMES, VALUES, max_size=5))
def test_what_is_written_is_read(tmp_path: Path, wanted: dict[str, str]) -> None:
    path = tmp_path / "settings.env"

    write(path, wanted)

    assert parse(path) == wanted
    assert path.stat().st_mode & 0o777 == 0o600


def test_comments_blank_lines_and_quotes_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_text("# database\n\nexport A=1\nB='two words'  # why\nC=\nD=a=b\n")

    assert parse(path) == {"A": "1", "B": "two words", "C": "", "D": "a=b"}


@pytest.mark.parametrize("line", ["SECRET", "A B=secret", "A='secret", "A=secret words", "1A=secret"])
def test_bad_line_is_named_and_not_shown(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.env"
    path.write_text(f"GOOD=1\n{line}\n")

    with pytest.raises(EnvFileError, match="line 2") as raised:
        parse(path)

    assert "secret" not in str(raised.value).lower().replace("settings", "")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match="missing"):
        parse(tmp_path / "missing.env")


@pytest.mark.parametrize(
    "words", [["--env-file", "F", "why", "1"], ["why", "--env-file=F", "1"], ["why", "1", "--env-file", "F"]]
)
def test_option_may_stand_anywhere(words: list[str]) -> None:
    assert taken_from(words) == (["why", "1"], Path("F"))


def test_option_needs_a_file() -> None:
    with pytest.raises(EnvFileError, match="needs a file"):
        taken_from(["web", "--env-file"])
