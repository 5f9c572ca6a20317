"""Sentences of `umbral doctor` and of the setup wizard, in each language."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from subscriptions.bootstrap import checks
from subscriptions.bootstrap.words import LANGUAGES, Words, language_of
from umbral.cli.wizard.answers import PLAN, Answers
from umbral.cli.wizard.shop import ShopSteps
from umbral.cli.wizard.talk import Talk

FOLDER = Path(str(checks.__file__)).parent
WORDS = {
    language: tomllib.loads(
        (Path(__file__).parents[3] / f"src/subscriptions/infrastructure/setup_words/{language}.toml").read_text("utf-8")
    )
    for language in LANGUAGES
}


def places(language: str) -> dict[str, list[str]]:
    return {
        f"{table}.{name}": sorted(re.findall(r"{(\w+)}", text))
        for table, names in WORDS[language].items()
        for name, text in names.items()
    }


def test_all_languages_have_the_same_sentences_and_placeholders() -> None:
    assert places("es") == places("en") == places("pt")


def test_every_doctor_finding_has_a_sentence() -> None:
    texts = {
        node.value
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    problems = {text for text in texts if re.fullmatch("(bot|database|provider|address|no)_[a-z]+", text)}

    assert problems
    assert not [problem for problem in problems if not Words("es").has(f"findings.{problem}")]


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "es"),
        ({"LANG": "C.UTF-8"}, "es"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "es_CO.UTF-8"}, "es"),
        ({"LANG": "pt_PT.UTF-8"}, "pt"),
        ({"LANG": "fr_FR.UTF-8"}, "es"),
    ],
)
def test_language_follows_the_terminal_and_defaults_to_spanish(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("Alfa 1.000 EUR al mes", "plan_price_twofold"),
        ("Alfa 29 per month", "plan_unread"),
        ("Alfa 1 BTC al mes", "plan_currency"),
        ("Alfa 1,,0 EUR al mes", "plan_price"),
        (f"{'a' * 70} 1 EUR al mes", "plan_name"),
    ],
)
def test_invalid_plan_is_reported_in_the_language_of_the_reader(
    tmp_path: Path, language: str, typed: str, problem: str
) -> None:
    talk = Talk(Words(language), Answers(tmp_path / "answers.json", {PLAN: typed}), types=False)
    steps = ShopSteps(talk)
    finding = steps.put_on_offer({PLAN: typed})
    assert finding is not None
    assert finding.code == problem
    notified = talk.sentence(finding)
    assert language == "en" or not re.search(r"\b(is|must|write it|may be)\b", notified), notified
