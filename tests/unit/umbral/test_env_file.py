"""Check that values written to an env file can be read back, and that an invalid line is reported
without its content.
"""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from umbral.cli import main
from umbral.env_file import EnvFileError, moved_to_front, parse, write

NAMES = st.text(string.ascii_uppercase + "_", min_size=1, max_size=12)
VALUES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(wanted=st.dictionaries(NAMES, VALUES, max_size=5))
def test_values_written_to_an_env_file_are_read_back(tmp_path: Path, wanted: dict[str, str]) -> None:
    path = tmp_path / "settings.env"

    write(path, wanted)

    assert parse(path) == wanted
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("value", "line"),
    [("a\\nb c", "A='a\\nb c'"), ("it's", "A='it\\'s'"), ("\\", "A='\\\\'"), ("\\'", "A='\\\\\\''"), ("a=b", "A=a=b")],
)
def test_value_is_quoted_only_if_needed(tmp_path: Path, value: str, line: str) -> None:
    path = tmp_path / "settings.env"

    write(path, {"A": value})

    assert path.read_text() == f"{line}\n"
    assert parse(path) == {"A": value}


def test_comments_blank_lines_and_quotes_are_parsed(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_text("# database\n\nexport A=1\nB='two words'  # why\nC=\nD=a=b\nE=two words # why\nF=a#b\n")

    assert parse(path) == {"A": "1", "B": "two words", "C": "", "D": "a=b", "E": "two words", "F": "a#b"}


def test_dollar_sign_is_not_expanded(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_text('A=1\nB=${A}$A\nC="${A}"\n')

    assert parse(path) == {"A": "1", "B": "${A}$A", "C": "${A}"}


def test_newline_escape_works_only_in_double_quotes(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_text("A=\"x\\ny\"\nB='x\\ny'\nC='it\\'s'\n")

    assert parse(path) == {"A": "x\ny", "B": "x\\ny", "C": "it's"}


@pytest.mark.parametrize("line", ["SECRET", "A B=secret", "A='secret", "A='secret' words", "1A=secret", "=secret"])
def test_invalid_line_is_named_without_its_content(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.env"
    path.write_text(f"GOOD=1\n\n# more\n{line}\n")

    with pytest.raises(EnvFileError, match="line 4: expected NAME=value") as raised:
        parse(path)

    assert "secret" not in str(raised.value).lower().replace("settings", "")


def test_missing_env_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match="missing"):
        parse(tmp_path / "missing.env")


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        (["--env-file", "F", "why", "1"], ["--env-file", "F", "why", "1"]),
        (["why", "--env-file=F", "1"], ["--env-file=F", "why", "1"]),
        (["why", "1", "--env-file", "F"], ["--env-file", "F", "why", "1"]),
        (["--env-file", "F", "why", "--env-file", "G"], ["--env-file", "G", "why"]),
        (["why", "--", "--env-file", "F"], ["why", "--", "--env-file", "F"]),
    ],
)
def test_env_file_option_is_accepted_anywhere(words: list[str], moved: list[str]) -> None:
    assert moved_to_front(words) == moved


def test_env_file_option_requires_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["web", "--env-file"]) == 2

    assert "'--env-file' requires" in capsys.readouterr().err
