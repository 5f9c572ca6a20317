"""`umbral init`: a whole settings' file with fresh keys, and nothing overwritten."""

from __future__ import annotations

import io
import re
import stat
import sys
from pathlib import Path

import pytest

from subscriptions.bootstrap import doctor, new_settings
from tests.support.stars import TOKEN
from umbral import env_file
from umbral.cli import main

EXAMPLE = Path(__file__).parents[3] / ".env.example"
OTHER_COMMANDS = {"OLD_SESSION_KEY"}
"""Read by one command of the operator, by no process."""


def init(file: Path, *more: str) -> int:
    return main(["init", "--file", str(file), "--brand", "Reta'dor & Cía 🎰", "--base-url", "https://x.example", *more])


def test_the_file_is_whole_private_and_readable(tmp_path: Path) -> None:
    file = tmp_path / ".env"

    assert init(file) == 0

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    settings = env_file.parse(file)
    assert (settings["BRAND_NAME"], settings["WEB_BASE_URL"]) == ("Reta'dor & Cía 🎰", "https://x.example")
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_left_is_what_the_doctor_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".env"
    init(file)
    said = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]

    problems = doctor.report(env_file.parse(file))

    assert said == list(problems)
    assert {problem.partition(":")[0] for problem in problems} == {
        "DATABASE_URL",
        "TELEGRAM_API_HASH",
        "TELEGRAM_API_ID",
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN",
        "payment methods",
    }


def test_no_setting_stands_there_twice() -> None:
    names = [
        line.lstrip("#").partition("=")[0]
        for line in new_settings.env_text({}, env_file.quoted).splitlines()
        if "=" in line
    ]
    settings = [name for name in names if re.fullmatch("[A-Z0-9_]+", name)]

    assert sorted(settings) == sorted(set(settings))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"PICK_MARKS": "on"}, "PICK_MARK_KEY: is missing"),
        ({"PICK_MARKS": "yes"}, "PICK_MARKS: "),
        ({"PICK_MARK_KEY": "short"}, "PICK_MARK_KEY: "),
        ({"PICK_MARK_SYNONYMS": "gana"}, "PICK_MARK_SYNONYMS: two words at least"),
        ({"PICK_MARK_SYNONYMS": "gana|vence,supera|gana"}, "PICK_MARK_SYNONYMS: each word stands once"),
        ({"PICK_MARK_SYNONYMS": "más de 2|por encima de 2"}, "PICK_MARK_SYNONYMS: each word stands once, and holds no"),
        ({"PICK_MARKS": "on", "PICK_MARK_KEY": "x" * 16, "PICK_MARK_SYNONYMS": "más de|por encima de"}, None),
    ],
)
def test_the_doctor_knows_what_marks_need(given: dict[str, str], problem: str | None) -> None:
    asked = {"DATABASE_URL": "postgresql://a:b@localhost/c", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN, **given}
    about_marks = [line for line in doctor.report(asked) if line.startswith("PICK_MARK")]

    assert [line.startswith(problem or "-") for line in about_marks] == ([True] if problem else [])


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".env"
    file.write_text("MINE=1\n")

    assert init(file) == 1

    assert file.read_text() == "MINE=1\n"
    assert "stays as it is" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [file]


def test_every_installation_has_keys_of_its_own(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    init(first)
    init(second)

    ours, theirs = env_file.parse(first), env_file.parse(second)

    assert all(ours[name] != theirs[name] and len(ours[name]) >= 32 for name in new_settings.fresh_keys())


@pytest.mark.parametrize(("brand", "url"), [("", "https://x.example"), ("A\nB=1", "https://x.example"), ("A", "x")])
def test_a_bad_answer_writes_nothing(tmp_path: Path, brand: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\n"))
    file = tmp_path / ".env"

    assert main(["init", "--file", str(file), "--brand", brand, "--base-url", url]) == 1

    assert not file.exists()


def test_what_is_left_out_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Retador\nhttps://retador.example\n"))
    file = tmp_path / ".env"

    assert main(["init", "--file", str(file)]) == 0

    assert env_file.parse(file)["WEB_BASE_URL"] == "https://retador.example"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path / "none" / ".env") == 1

    assert "cannot be written" in capsys.readouterr().err


def test_the_example_and_the_new_file_name_the_same_settings() -> None:
    names = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)

    assert set(names.findall(EXAMPLE.read_text())) - OTHER_COMMANDS == set(
        names.findall(new_settings.env_text({}, env_file.quoted))
    )
