"""Settings file written by the wizard `umbral init`, and the answers that the wizard refuses."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from subscriptions.bootstrap import doctor, new_settings
from subscriptions.bootstrap.processes import PROCESSES, USERBOT
from subscriptions.bootstrap.settings.core import CoreSettings
from tests.support.stars import TOKEN
from umbral import env_file
from umbral.cli import main

EXAMPLE = Path(__file__).parents[3] / ".env.example"


def test_env_file_keeps_special_characters() -> None:
    values = {"BRAND_NAME": "Reta'dor & Cía 🎰", "STRIPE_SECRET_KEY": "sk_test_x$y"}
    written = {name: value for name, value in _parsed(new_settings.env_text(values, env_file.quote)).items() if value}

    assert written == values


def _parsed(text: str) -> dict[str, str]:
    with tempfile.NamedTemporaryFile("w", suffix=".env", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return env_file.parse(Path(file.name))


def test_each_setting_appears_once_in_the_new_settings_file() -> None:
    names = [
        line.lstrip("#").partition("=")[0]
        for line in new_settings.env_text({}, env_file.quote).splitlines()
        if "=" in line
    ]
    settings = [name for name in names if re.fullmatch("[A-Z0-9_]+", name)]

    assert sorted(settings) == sorted(set(settings))


def test_existing_settings_file_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".env"
    file.write_text("MINE=1\n")

    assert main(["init", "--output", str(file)]) == 1

    assert file.read_text() == "MINE=1\n"
    assert str(file) in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [file]


def test_each_installation_has_its_own_keys() -> None:
    ours, theirs = new_settings.fresh_keys(), new_settings.fresh_keys()

    assert all(ours[name] != theirs[name] and len(ours[name]) >= 32 for name in ours)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "line 1: can't be read"),
        ("[]", "isn't an object"),
        ('{"BRAND": "x"}', "BRAND (line 1): no such setting"),
        ('{"PLAN": "x",\n"PLAN": "y"}', "line 2: PLAN is there twice"),
        ('{"BRAND_NAME": {}}', "BRAND_NAME"),
        ('{"BRAND_NAME": "A\\nB=1"}', "BRAND_NAME (line 1): must be one line"),
    ],
)
def test_invalid_wizard_answers_are_refused(
    tmp_path: Path, text: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(text)

    assert main(["init", "--answers", str(answers), "--output", str(tmp_path / ".env")]) == 2

    assert named in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [answers]


def test_missing_folder_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text("{}")

    assert main(["init", "--answers", str(answers), "--output", str(tmp_path / "none" / ".env")]) == 1

    assert "none" in capsys.readouterr().err


def test_example_settings_file_lists_all_required_and_no_unknown_settings() -> None:
    named = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    kinds = [kind for name, kind in PROCESSES.items() if name != USERBOT]
    demanded = {name for kind in kinds for name, each in kind.names().items() if each.is_required()}

    assert demanded <= named - {"COMPOSE_PROFILES"} <= new_settings.setting_names()


def test_example_settings_file_sets_twelve_settings() -> None:
    assert len(set(env_file.parse(EXAMPLE)) - {"COMPOSE_PROFILES"}) == 12


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, True),
        ({"TERMS_VERSION": "1"}, True),
        ({"TERMS_VERSION": "2026-13"}, True),
        ({"TERMS_VERSION": "2026-11-22"}, False),
        ({"TERMS_VERSION": "2026-11b"}, False),
        ({"TERMS_VERSION": "1", "TERMS_SINCE": "2026-11-22"}, False),
    ],
)
def test_doctor_asks_for_the_start_date_of_the_terms(given: dict[str, str], asked: bool) -> None:
    remarks = doctor.report_of_terms({"DATABASE_URL": "postgresql://a:b@localhost/c", **given})

    assert [line.startswith("terms: ") and "TERMS_SINCE" in line for line in remarks] == [True] * asked


def test_invalid_terms_date_is_refused() -> None:
    asked = {"DATABASE_URL": "postgresql://a:b@localhost/c", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN}

    assert [line for line in doctor.report({**asked, "TERMS_SINCE": "2026-02-30"}) if line.startswith("TERMS_SINCE")]


def test_new_installation_has_dated_terms_version_without_changing_the_default_version() -> None:
    """A changed default would make every customer of an installation without a set version accept the terms again."""
    example = env_file.parse(EXAMPLE)["TERMS_VERSION"]
    today = new_settings.beginnings(datetime(2026, 11, 22, 23, 59, tzinfo=UTC))["TERMS_VERSION"]

    assert [date.fromisoformat(each) for each in (example, today)] == [date(2026, 11, 22)] * 2
    assert CoreSettings.names()["TERMS_VERSION"].default == "1"
